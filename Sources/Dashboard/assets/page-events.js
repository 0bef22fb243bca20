// Events: the newest first, as they come in; and sending one.

import { html } from "./html.js";
import { get, mayChange, path, ready } from "./api.js";
import { bytes, plural, shortID, visible, when, words } from "./format.js";
import { button, choice, empty, icon, notice, placeholder } from "./parts.js";
import { sendEvent } from "./send-event.js";
import { spanStart } from "./page-runs.js";

const pageSize = 50;
const spans = [["", "Any time"], ["15m", "Last 15 minutes"], ["1h", "Last hour"], ["24h", "Last 24 hours"], ["7d", "Last 7 days"]];

export class EventsPage {
  title = "Events";

  constructor(app) {
    this.app = app;
  }

  start() {
    this.app.live.open();
    this.reload();
    if (this.app.query.send) {
      this.app.setQuery({ send: null }, { replace: true });
      this.send();
    }
  }

  stop() {
    this.loading?.abort();
  }

  queryChanged() {
    this.reload();
  }

  async reload() {
    this.loading?.abort();
    this.loading = new AbortController();
    this.rows = null;
    this.waiting = 0;
    this.error = null;
    this.app.redraw();
    await this.load();
  }

  async load(cursor) {
    const { query } = this.app;
    this.isLoading = true;
    try {
      if (query.span) await ready;
      const page = await get(path("/v1/events", { name: query.name, if: query.if, internal: query.internal === "1", received_after: spanStart(query.span), summary: true, limit: pageSize, cursor }), this.loading.signal);
      this.rows = cursor ? [...this.rows, ...page.data] : page.data;
      this.page = page.page;
    } catch (error) {
      if (error.name === "AbortError") return;
      this.error = error;
      this.rows ??= [];
    }
    this.isLoading = false;
    this.app.redraw();
  }

  onLive(name, data) {
    if (name === "reset") return this.reload();
    if (name !== "change" || !this.rows) return;
    const { query } = this.app;
    const fresh = data.events.filter((event) => (!query.name || event.name === query.name)
      && (query.internal === "1" || query.name || !event.name.startsWith("inngest/")) && event.internal_id > (this.rows[0]?.internal_id ?? ""));
    if (!fresh.length) return;
    // What a condition asks for is looked up, not guessed; and rows don't move under somebody's pointer.
    if (query.if || scrollY > 80 || document.querySelector(".events .row:hover, .events .row:focus-within")) this.waiting += fresh.length;
    else this.rows.unshift(...fresh.sort((a, b) => (a.internal_id < b.internal_id ? 1 : -1)));
    this.app.redraw();
  }

  async send(event) {
    const sent = await sendEvent(this.app, event);
    if (sent) this.app.go(`/events/${sent}`);
  }

  view() {
    const { query } = this.app;
    return html`
      <header class="page-head"><h1>Events</h1><span class="grow"></span>${mayChange() ? button("Send event", () => this.send(), { kind: "primary" }) : null}</header>
      <form class="filters" role="search" onsubmit=${(event) => event.preventDefault()}>
        <label class="field"><span class="visually-hidden">Name</span><input class="input" name="name" placeholder="Name, such as shop/paid" aria-label="Name of the event" value=${query.name ?? ""} spellcheck="false"
          onchange=${(event) => this.app.setQuery({ name: event.target.value.trim() })}></label>
        ${choice("Time", spans, query.span, (value) => this.app.setQuery({ span: value }))}
        <label class="search grow">${icon("search")}<input type="search" name="if" placeholder="event.data.total > 100" aria-label="Condition over event" value=${query.if ?? ""} spellcheck="false" autocomplete="off"
          onchange=${(event) => this.app.setQuery({ if: event.target.value.trim() })}></label>
        <label class="check"><input type="checkbox" checked=${query.internal === "1"} onclick=${(event) => this.app.setQuery({ internal: event.target.checked ? "1" : null })}> internal ones</label>
      </form>
      ${this.error ? notice("bad", this.error.message) : null}
      ${this.waiting ? html`<button type="button" class="pill" onclick=${() => { scrollTo(0, 0); this.reload(); }}>${plural(this.waiting, "new event")}</button>` : null}
      ${this.list(query)}`;
  }

  list(query) {
    if (!this.rows) return placeholder();
    if (!this.rows.length && !this.page?.has_more) {
      return Object.keys(query).length ? empty("No event fits", html`<p>${button("Clear filters", () => this.app.go("/events"))}</p>`)
        : empty("No events yet", html`<p>Send one here, or from anywhere:</p>
          <pre class="code" tabindex="0">${`curl ${location.origin}/e/key -d '{"name":"app/hello","data":{"name":"Ada"}}'\n\norchestrator send app/hello --data '{"name":"Ada"}'`}</pre>`);
    }
    const { page } = this;
    return html`<div class="list events" role="table" aria-label="Events">
        <div class="row head" role="row">${["Received", "Name", "Data", "Event"].map((name) => html`<span role="columnheader" key=${name}>${name}</span>`)}</div>
        ${this.rows.map((event) => html`<div class="row" role="row" data-row key=${event.internal_id}>
          <span role="cell" class="cell-time">${when(event.received_at)}</span>
          <span role="cell" class="cell-main"><a class="cover" href=${`/events/${event.internal_id}`}>${words(event.name)}</a></span>
          <span role="cell" class="cell-preview mono faint">${event.size > 500 ? html`<span class="size">${bytes(event.size)}</span> ` : null}${words(event.preview)}</span>
          <span role="cell" class="cell-id mono faint" title=${event.internal_id}>${shortID(event.internal_id)}</span></div>`)}
      </div>
      <div class="more">${page?.scanned !== undefined ? html`<p class="faint">Looked at ${plural(page.scanned, "event")}${page.scanned_to ? html`, back to ${when(page.scanned_to)}` : null}.</p>` : null}
        ${page?.has_more ? button(this.isLoading ? "Loading …" : page.scanned === undefined ? "Show more" : "Look further", () => { this.load(page.cursor); this.app.redraw(); }, { disabled: this.isLoading }) : html`<span class="faint">That is all.</span>`}</div>`;
  }
}
