// A JSON value as a tree that opens, searches and copies; large ones piece by piece.

import { html, patch, widget } from "./html.js";
import { bytes, count, visible } from "./format.js";
import { copyButton, icon } from "./parts.js";

/// Members shown at once, characters of a string, and hits that are looked for.
const portion = 100;
const longString = 600;
const maximumHits = 1000;

/// Paths are JSON pointers, so that no key looks like two.
const below = (path, name) => `${path}/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`;
const nameOf = (part) => part.replaceAll("~1", "/").replaceAll("~0", "~");

export const jsonTree = (value, key, label = "value") => widget(JSONTree, { value, label }, key);

class JSONTree {
  constructor() {
    this.element = document.createElement("div");
    this.element.className = "json";
    this.opened = new Map();
    this.portions = new Map();
    this.query = "";
    this.hits = [];
    this.hit = 0;
  }

  update(props) {
    if (this.props && props.value === this.props.value) return;
    const isNew = this.props === undefined;
    this.props = props;
    if (isNew) this.openFirst();
    if (this.query) this.search(this.query);
    this.draw();
  }

  /// Small values are open at once.
  openFirst() {
    let left = 40;
    const visit = (value, path, depth) => {
      if (!isBranch(value) || depth > 3) return;
      const size = Object.keys(value).length;
      if (depth > 0 && size > left) return;
      left -= size;
      this.opened.set(path, true);
      if (size <= portion) for (const name of Object.keys(value)) visit(value[name], below(path, name), depth + 1);
    };
    visit(this.props.value, "", 0);
  }

  search(query) {
    this.query = query;
    this.hits = [];
    this.hit = 0;
    if (!query) return this.draw();
    const wanted = query.toLowerCase();
    const visit = (value, path, name) => {
      if (this.hits.length >= maximumHits) return;
      const own = isBranch(value) ? "" : String(value);
      if (name.toLowerCase().includes(wanted) || own.toLowerCase().includes(wanted)) this.hits.push(path);
      if (isBranch(value)) for (const child of Object.keys(value)) visit(value[child], below(path, child), child);
    };
    visit(this.props.value, "", "");
    this.reveal();
  }

  reveal() {
    const path = this.hits[this.hit];
    if (path !== undefined) {
      let value = this.props.value;
      let above = "";
      for (const name of path.split("/").slice(1).map(nameOf)) {
        this.opened.set(above, true);
        const place = Object.keys(value ?? {}).indexOf(name);
        if (place >= (this.portions.get(above) ?? portion)) this.portions.set(above, Math.ceil((place + 1) / portion) * portion);
        above = below(above, name);
        value = value?.[name];
      }
      if (!isBranch(value)) this.opened.set(path, true);
    }
    this.draw();
    this.element.querySelector(".hit.current")?.scrollIntoView({ block: "nearest" });
  }

  step(by) {
    if (!this.hits.length) return;
    this.hit = (this.hit + by + this.hits.length) % this.hits.length;
    this.reveal();
  }

  draw() {
    const { value, label } = this.props;
    const isLarge = isBranch(value) && Object.keys(value).length > 0;
    patch(this.element, html`
      <div class="json-tools">
        ${isLarge ? html`<label class="search small">${icon("search")}
          <input type="search" placeholder="Search" aria-label=${`Search in ${label}`} value=${this.query}
            oninput=${(event) => this.search(event.target.value)}
            onkeydown=${(event) => event.key === "Enter" && (event.preventDefault(), this.step(event.shiftKey ? -1 : 1))}></label>
          ${this.query ? html`<span class="faint" aria-live="polite">${this.hits.length ? `${this.hit + 1} of ${count(this.hits.length)}${this.hits.length === maximumHits ? "+" : ""}` : "nothing found"}</span>` : null}` : null}
        <span class="grow"></span>
        ${copyButton(() => JSON.stringify(value, null, 2), `Copy ${label}`)}
      </div>
      <div class="json-body" tabindex="0" role="group" aria-label=${label}>${this.node(value, "", null)}</div>`);
  }

  node(value, path, name) {
    const label = name === null ? null : html`<bdi class="json-key">${visible(name)}</bdi><span class="faint">: </span>`;
    const at = this.hits.indexOf(path);
    const mark = at < 0 ? "" : at === this.hit ? "hit current" : "hit";
    if (!isBranch(value)) return html`<div class="json-line ${mark}" key=${path}>${label}${this.leaf(value, path)}</div>`;
    const isList = Array.isArray(value);
    const names = Object.keys(value);
    const [open, close] = isList ? ["[", "]"] : ["{", "}"];
    if (!names.length) return html`<div class="json-line ${mark}" key=${path}>${label}<span class="faint">${open}${close}</span></div>`;
    const isOpen = this.opened.get(path) ?? false;
    const shown = this.portions.get(path) ?? portion;
    return html`<div class="json-branch" key=${path}>
      <div class="json-line ${mark}">
        <button type="button" class="json-toggle" aria-expanded=${isOpen ? "true" : "false"}
          onclick=${() => { this.opened.set(path, !isOpen); this.draw(); }}>${icon("right")}${label}
          <span class="faint">${open}${isOpen ? "" : ` ${count(names.length)} ${isList ? (names.length === 1 ? "element" : "elements") : names.length === 1 ? "field" : "fields"} ${close}`}</span></button>
      </div>
      ${isOpen ? html`<div class="json-children">
        ${names.slice(0, shown).map((child) => this.node(value[child], below(path, child), child))}
        ${names.length > shown ? html`<button type="button" class="link" key="more" onclick=${() => { this.portions.set(path, shown + portion * 10); this.draw(); }}>show more of ${count(names.length - shown)} left</button>` : null}
      </div><div class="json-line faint">${close}</div>` : null}
    </div>`;
  }

  leaf(value, path) {
    if (typeof value !== "string") return html`<span class="json-${value === null ? "null" : typeof value}">${String(value)}</span>`;
    const isWhole = value.length <= longString || this.opened.get(path);
    const text = isWhole ? value : value.slice(0, longString);
    return html`<bdi class="json-string">"${escape(text)}${isWhole ? '"' : "…"}</bdi>${isWhole ? null : html`
      <button type="button" class="link" onclick=${() => { this.opened.set(path, true); this.draw(); }}>show all ${bytes(value.length)}</button>`}`;
  }
}

const isBranch = (value) => typeof value === "object" && value !== null;

/// As JSON writes it, so that what can't be seen can be.
const escape = (text) => visible(JSON.stringify(text).slice(1, -1));
