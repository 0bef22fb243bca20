// Events: the newest first, as they come in; and sending one.

import { html } from "./html.js";
import { get, mayChange, path, ready, session } from "./api.js";
import { bytes, shortID, when, words } from "./format.js";
import { button, choice, empty, failed, icon, placeholder } from "./parts.js";
import { sendEvent } from "./send-event.js";
import { LiveRows } from "./live-rows.js";
import { moreRows, newRows, spanStart, spans } from "./page-runs.js";

export default class EventsPage {
  title = "Events";

  constructor(app) {
    this.app = app;
    this.list = new LiveRows({
      id: (event) => event.internal_id, read: (page, signal) => this.read(page, signal), verdict: (event) => this.verdict(event),
      isHeld: () => scrollY > 80 || document.querySelector(".events .row:hover, .events .row:focus-within") !== null,
      onChange: () => this.app.redraw(),
    });
  }

  get isRead() {
    return Boolean(this.list.rows ?? this.list.error);
  }

  start() {
    this.app.live.open();
    if (this.app.query.send) {
      this.app.setQuery({ send: null }, { replace: true });
      ready.then(() => mayChange() && this.send());
    }
  }

  stop() {
    this.list.stop();
  }

  queryChanged() {
    this.list.reload();
  }

  async read(page, signal) {
    const { query } = this.app;
    if (query.span) await ready;
    return get(path("/v1/events", { name: query.name, if: query.if, internal: query.internal === "1", received_after: spanStart(query.span), summary: true, ...page }), signal);
  }

  onLive(name, data) {
    if (name === "reset") return this.list.refresh();
    if (name !== "change") return;
    this.list.change(data.events);
    if (data.more) this.list.refreshSoon(1000, 10_000);
  }

  verdict(event) {
    const { query } = this.app;
    const fits = (!query.name || event.name === query.name) && (query.internal === "1" || query.name || !event.name.startsWith("inngest/"));
    // What a condition asks for is looked up, not guessed.
    return !fits ? "ignore" : query.if ? "wait" : "show";
  }

  async send(event) {
    const sent = await sendEvent(this.app, event);
    if (sent) this.app.go(`/events/${sent}`);
  }

  view() {
    const { query } = this.app;
    return html`
      <header class="page-head"><h1>Events</h1><span class="grow"></span>${mayChange() ? button("Send event", () => this.send(), { kind: "primary" }) : null}</header>
      <form class="filters" role="search">
        <label class="field"><span class="visually-hidden">Name</span><input class="input" name="name" placeholder="Name, such as shop/paid" aria-label="Name of the event" value=${query.name ?? ""} spellcheck="false"
          onchange=${(event) => this.app.setQuery({ name: event.target.value.trim() })}></label>
        ${choice("Time", [["", "Any time"], ...spans], query.span, (value) => this.app.setQuery({ span: value }))}
        <label class="search grow">${icon("search")}<input type="search" name="if" placeholder="event.data.total > 100" aria-label="Condition over event" value=${query.if ?? ""} spellcheck="false" autocomplete="off"
          onchange=${(event) => this.app.setQuery({ if: event.target.value.trim() })}></label>
        <label class="check"><input type="checkbox" checked=${query.internal === "1"} onclick=${(event) => this.app.setQuery({ internal: event.target.checked ? "1" : null })}> internal ones</label>
      </form>
      ${failed(this.list.error)}
      ${newRows(this.list, "event", query.if)}
      ${this.table(query)}`;
  }

  table(query) {
    const { rows, page } = this.list;
    if (!rows) return this.list.error ? null : placeholder();
    if (!rows.length && !page?.has_more) {
      return Object.keys(query).length ? empty("No event fits", html`<p>${button("Clear filters", () => this.app.go("/events"))}</p>`)
        : empty("No events yet", html`<p>Send one here, or from anywhere:</p>
          <pre class="code" tabindex="0">${`curl ${location.origin}/e/${session.kind === "dev" ? "key" : "$INNGEST_EVENT_KEY"} -d '{"name":"app/hello","data":{"name":"Ada"}}'\n\norchestrator send app/hello --data '{"name":"Ada"}'`}</pre>`);
    }
    return html`<div class="list events" role="table" aria-label="Events">
        <div class="row head" role="row">${["Received", "Name", "Data", "Event"].map((name) => html`<span role="columnheader" key=${name}>${name}</span>`)}</div>
        ${rows.map((event) => html`<div class="row" role="row" data-row key=${event.internal_id}>
          <span role="cell" class="cell-time">${when(event.received_at)}</span>
          <span role="cell" class="cell-main"><a class="cover" href=${`/events/${event.internal_id}`}>${words(event.name)}</a></span>
          <span role="cell" class="cell-preview mono faint">${event.size > 500 ? html`<span class="size">${bytes(event.size)}</span> ` : null}${words(event.preview)}</span>
          <span role="cell" class="cell-id mono faint" title=${event.internal_id}>${shortID(event.internal_id)}</span></div>`)}
      </div>
      ${moreRows(this.list, "event")}`;
  }
}
