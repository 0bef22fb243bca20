// Small parts that several pages are made of.

import { html } from "./html.js";
import { visible } from "./format.js";

// Described anew at each place, for a description becomes one element.
const shapes = {
  Completed: () => html`<path d="M3.5 8.5l3 3 6-7"/>`,
  Failed: () => html`<path d="M4 4l8 8M12 4l-8 8"/>`,
  Cancelled: () => html`<path d="M3.5 8h9"/>`,
  Skipped: () => html`<path d="M4 3.5l4.5 4.5-4.5 4.5M11.5 3.5v9"/>`,
  Running: () => html`<path d="M5.5 3.5v9l7-4.5z" fill="currentColor"/>`,
  Queued: () => html`<path d="M4 5h8M4 8h8M4 11h5"/>`,
  Waiting: () => html`<path d="M8 4v4.2l2.6 1.8"/><path d="M8 1.8a6.2 6.2 0 1 0 .01 0z"/>`,
  Sleeping: () => html`<path d="M13 9.5A5.6 5.6 0 0 1 6.5 3 5.6 5.6 0 1 0 13 9.5z"/>`,
  runs: () => html`<path d="M2.5 4.5h7M5 8h8.5M8 11.5h5"/>`,
  failures: () => html`<path d="M8 2.5l6 10.5H2z"/><path d="M8 6.5v3M8 11.3v.1"/>`,
  events: () => html`<path d="M9 2L3.5 9H8l-1 5 5.5-7H8z"/>`,
  functions: () => html`<path d="M5.5 3C3.5 3 4.5 7 2.5 8c2 1 1 5 3 5M10.5 3c2 0 1 4 3 5-2 1-1 5-3 5"/>`,
  apps: () => html`<path d="M2.5 2.5h4.5v4.5h-4.5zM9 2.5h4.5v4.5H9zM2.5 9h4.5v4.5h-4.5zM9 9h4.5v4.5H9z"/>`,
  clock: () => html`<path d="M8 4.5V8l2.3 1.5"/><path d="M8 2a6 6 0 1 0 .01 0z"/>`,
  search: () => html`<path d="M7 2.5a4.5 4.5 0 1 0 .01 0zM10.3 10.3L14 14"/>`,
  close: () => html`<path d="M4 4l8 8M12 4l-8 8"/>`,
  copy: () => html`<path d="M5.5 5.5h8v8h-8z"/><path d="M10.5 5.5v-3h-8v8h3"/>`,
  right: () => html`<path d="M6 3.5L10.5 8 6 12.5"/>`,
  rerun: () => html`<path d="M13 8a5 5 0 1 1-1.5-3.6M13 2.5v3h-3"/>`,
  theme: () => html`<path d="M8 2a6 6 0 1 0 .01 0z"/><path d="M8 2a6 6 0 0 1 0 12z" fill="currentColor"/>`,
};

export const icon = (name) =>
  html`<svg class="icon" viewBox="0 0 16 16" aria-hidden="true"><g>${shapes[name]?.() ?? null}</g></svg>`;

/// Those of a run, in the order of its life.
export const statuses = ["Queued", "Running", "Completed", "Failed", "Cancelled", "Skipped"];

/// A status by colour, shape and word.
export const status = (name) =>
  html`<span class="status status-${name.toLowerCase()}">${icon(name)}<span>${name}</span></span>`;

/// Until what a press has begun is done, further presses are nothing. A double click is one.
const once = (act) => async ({ currentTarget: target, detail }) => {
  if (target.ariaBusy || detail > 1) return;
  target.ariaBusy = "true";
  try {
    await act();
  } finally {
    target.ariaBusy = null;
  }
};

export const button = (label, act, { kind = "", disabled = false, title } = {}) =>
  html`<button type="button" class="button ${kind}" disabled=${disabled} title=${title} onclick=${once(act)}>${label}</button>`;

export const notice = (kind, content) => html`<div class="notice ${kind}" role=${kind === "bad" ? "alert" : "status"}>${content}</div>`;

/// An error of several lines points at a place in them.
export const failed = (error) => (error ? notice("bad", error.message.includes("\n") ? html`<pre>${error.message}</pre>` : error.message) : null);

/// What stands where nothing is: what it means, and what to do next.
export const empty = (title, content) => html`<div class="empty"><h2>${title}</h2>${content}</div>`;

/// Rows of grey where rows will be, so that nothing jumps when they come.
export const placeholder = (rows = 8) =>
  html`<div class="placeholder" aria-hidden="true">${Array.from({ length: rows }, () => html`<div></div>`)}</div>`;

async function copy(text) {
  if (navigator.clipboard?.writeText) return navigator.clipboard.writeText(text);
  // Without TLS there is no clipboard beyond loopback; selecting still copies.
  const area = document.createElement("textarea");
  area.value = text;
  area.className = "visually-hidden";
  document.body.append(area);
  area.select();
  document.execCommand("copy");
  area.remove();
}

/// A button that copies, and says that it has.
export const copyButton = (text, label = "Copy", kind = "small quiet") =>
  html`<button type="button" class="button ${kind}" aria-label=${label} title=${label} onclick=${async (event) => {
    event.stopPropagation();
    event.preventDefault();
    const target = event.currentTarget;
    await copy(typeof text === "function" ? await text() : text);
    target.classList.add("done");
    setTimeout(() => target.classList.remove("done"), 1200);
  }}>${icon("copy")}${kind.includes("quiet") ? null : html`<span>${label}</span>`}</button>`;

/// Choices of which one is chosen.
export const choice = (label, options, value, onchange) => html`
  <label class="field"><span class="visually-hidden">${label}</span>
    <select class="select" aria-label=${label} value=${String(value ?? "")} onchange=${(event) => onchange(event.target.value)}>
      ${options.map(([id, name]) => html`<option key=${id} value=${id}>${visible(name)}</option>`)}
    </select></label>`;

export const code = (text) => html`<pre class="code" tabindex="0">${text}</pre>`;

/// How far something is.
export const progress = (done, total, label) => html`
  <div class="progress" role="progressbar" aria-label=${label} aria-valuemin="0" aria-valuemax=${total ?? done}
    aria-valuenow=${done}><div style=${{ width: `${total ? Math.min(100, (100 * done) / total) : 0}%` }}></div></div>`;

// MARK: Dialogs

/// Shows a dialog until it is answered. `view(close)` describes its content and may be asked again with `redraw`.
export class Dialog {
  constructor(title, view, { wide = false } = {}) {
    this.element = document.createElement("dialog");
    this.element.className = wide ? "dialog wide" : "dialog";
    this.element.setAttribute("aria-label", title);
    this.title = title;
    this.view = view;
    this.before = document.activeElement;
    this.element.addEventListener("close", () => this.end());
    this.element.addEventListener("input", () => (this.isTyped = true));
    this.element.addEventListener("cancel", (event) => this.escaped(event));
  }

  /// The value that the dialog was closed with; undefined where it was given up.
  async show(patch) {
    this.patch = patch;
    document.body.append(this.element);
    this.redraw();
    this.element.showModal();
    return new Promise((resolve) => (this.resolve = resolve));
  }

  redraw() {
    this.patch(this.element, html`
      <form method="dialog" class="dialog-form">
        <header><h2>${this.title}</h2>
          ${this.isLeaving ? html`<span class="faint" role="status">Escape again gives up what you have typed.</span>` : null}
          <button type="button" class="button quiet small" aria-label="Close" onclick=${() => this.element.close()}>${icon("close")}</button></header>
        ${this.view(this)}
      </form>`);
  }

  escaped(event) {
    if (!this.isTyped || this.isLeaving) return;
    event.preventDefault();
    this.isLeaving = true;
    this.redraw();
  }

  close(value) {
    this.value = value;
    this.element.close();
  }

  end() {
    this.element.remove();
    this.before?.focus?.();
    this.resolve?.(this.value);
  }
}
