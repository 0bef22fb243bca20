// One event: its data, the runs it started, and why not others.

import { html } from "./html.js";
import { get, mayChange } from "./api.js";
import { plural, prose, shortID, visible, when, words } from "./format.js";
import { button, copyButton, failed, placeholder, status } from "./parts.js";
import { jsonTree } from "./json-tree.js";
import { sendEvent } from "./send-event.js";
import { Page } from "./page.js";
import { runDuration } from "./page-runs.js";

export default class EventPage extends Page {
  get title() {
    return this.event ? visible(this.event.name) : "Event";
  }

  async read(signal) {
    const [event, runs] = await Promise.all([get(`/v1/events/${this.id}`, signal), get(`/v1/events/${this.id}/runs?limit=100&summary=true`, signal)]);
    this.event ??= event.data;
    this.functions = event.data.functions;
    this.runs = runs.data;
  }

  onLive(name, data) {
    if (name === "reset" || (name === "change" && this.concerns(data))) this.reading.again();
    else if (data.more) this.reading.soon(1000, 5000);
  }

  /// What is being read may be about any run.
  concerns(data) {
    return data.runs.some((run) => !this.runs || this.reading.isUnderWay || run.event_id === this.id || run.batch_id || this.runs.some((known) => known.run_id === run.run_id));
  }

  async send() {
    const sent = await sendEvent(this.app, this.event);
    if (sent) this.app.go(`/events/${sent}`);
  }

  view() {
    if (!this.event) return html`<header class="page-head"><h1>Event</h1></header>${failed(this.error) ?? placeholder(4)}`;
    const { event } = this;
    return html`
      <header class="page-head"><h1>${words(event.name)}</h1><span class="grow"></span>
        <div class="actions">${mayChange() ? button("Send again", () => this.send(), { kind: "primary" }) : null}
        <a class="button" href=${`/v1/events/${this.id}`} target="_blank" rel="noopener">JSON</a></div></header>
      <dl class="facts">
        <div><dt>Event</dt><dd><span class="mono">${event.internal_id}</span>${copyButton(event.internal_id, "Copy the event's id")}</dd></div>
        ${event.id !== event.internal_id ? html`<div><dt>Sender's id</dt><dd class="mono">${words(event.id)}</dd></div>` : null}
        <div><dt>Received</dt><dd>${when(event.received_at)}</dd></div>
        ${event.ts ? html`<div><dt>Happened</dt><dd>${when(new Date(event.ts).toISOString())}</dd></div>` : null}
        ${event.v ? html`<div><dt>Version</dt><dd>${words(event.v)}</dd></div>` : null}
      </dl>
      <section><h2>Runs</h2>${this.started()}</section>
      ${this.notStarted()}
      <section><h2>Data</h2>${jsonTree(event.data, "data", "data")}</section>
      ${event.user && Object.keys(event.user).length ? html`<section><h2>User</h2>${jsonTree(event.user, "user", "user")}</section>` : null}`;
  }

  started() {
    if (!this.runs.length) return html`<p class="faint">It started no run. A run that waited for it may have gone on.</p>`;
    return html`<div class="list event-runs" role="table" aria-label="Runs">${this.runs.map((run) => html`<div class="row" role="row" data-row key=${run.run_id}>
      <span role="cell">${status(run.status)}</span><span role="cell" class="cell-main"><a class="cover" href=${`/runs/${run.run_id}`}>${words(run.function_name ?? "a function that is gone")}</a></span>
      <span role="cell" class="cell-number">${runDuration(run)}</span><span role="cell" class="cell-id mono faint">${shortID(run.run_id)}</span></div>`)}</div>`;
  }

  notStarted() {
    // A debounce keeps the latest event: the run is that one's.
    const stopped = (this.functions ?? []).filter((one) => !one.run_id || one.later_event);
    if (!stopped.length) return null;
    return html`<section><h2>Not started</h2><p class="faint">${plural(stopped.length, "function")} listened for this event and did not start a run for it.</p>
      <ul class="why-not">${stopped.map((one) => html`<li key=${one.function}><a href=${`/functions/${encodeURIComponent(one.function)}`}>${words(one.function)}</a>
        <span class="tag">${visible((one.gate ?? "").replaceAll("_", " "))}</span> <span>${prose(one.text)}</span>
        ${one.later_event ? html`<a href=${`/events/${one.later_event}`}>the later event</a>` : null} ${one.run_id ? html`<a href=${`/runs/${one.run_id}`}>its run</a>` : null}</li>`)}</ul></section>`;
  }
}
