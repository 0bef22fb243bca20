// Failures first: what fails, how often and since when, so that one fix and one click set it right.

import { html } from "./html.js";
import { get, mayChange, path, ready } from "./api.js";
import { count, duration, plural, visible, when, words } from "./format.js";
import { button, choice, empty, failed, icon, placeholder } from "./parts.js";
import { sparkBars } from "./charts.js";
import { Page } from "./page.js";
import { spanOf, spanStart, spans } from "./page-runs.js";

export default class FailuresPage extends Page {
  title = "Failures";
  hasSpan = true;

  get span() {
    return spanOf(this.app.query, spans.slice(1));
  }

  start() {
    super.start();
    get("/v1/functions").then(({ data }) => {
      this.functions = data;
      this.app.redraw();
    }, () => {});
  }

  queryChanged() {
    this.reading.anew();
  }

  async read(signal) {
    const { query } = this.app;
    await ready;
    const { data } = await get(path("/v1/failures", { after: spanStart(this.span), function: query.function, app: query.app, buckets: 48 }), signal);
    this.data = data;
  }

  onLive(name, data) {
    if (name === "reset") this.reading.again();
    else if (name === "change" && (data.more || data.runs.some((run) => run.status === "Failed" || run.original_run_id))) this.reading.soon(1000, 3000);
  }

  view() {
    const { query } = this.app;
    const all = this.data?.groups ?? [];
    const showsDone = query.done === "1";
    const groups = all.filter((group) => showsDone || group.open > 0);
    const open = all.reduce((sum, group) => sum + group.open, 0);
    return html`
      <header class="page-head"><h1>Failures</h1>
        ${this.data ? html`<span class="faint">${open ? `${plural(open, "run")}${this.data.truncated ? " or more" : ""} in ${plural(all.filter((one) => one.open).length, "kind")}` : ""}</span>` : null}
      </header>
      <form class="filters">
        ${choice("Function", [["", "All functions"], ...(this.functions ?? []).map((one) => [one.slug, one.name])], query.function, (value) => this.app.setQuery({ function: value }))}
        ${choice("Time", spans.slice(1), this.span, (value) => this.app.setQuery({ span: value === "24h" ? null : value }))}
        <label class="check"><input type="checkbox" checked=${showsDone} onclick=${(event) => this.app.setQuery({ done: event.target.checked ? "1" : null })}> with those that were run again</label>
      </form>
      ${failed(this.error)}
      ${!this.data ? (this.error ? null : placeholder(4)) : groups.length ? html`<ul class="groups">${groups.map((group) => this.group(group))}</ul>` : this.nothing(all.length)}`;
  }

  nothing(done) {
    return empty(done ? "All of it was run again" : "Nothing has failed", html`<p>${done
      ? `${plural(done, "kind")} of failure in this time, and every run of them has been replayed.`
      : "No run has failed in this time."}</p><p><a class="button" href="/runs">All runs</a></p>`);
  }

  group(group) {
    const name = group.function_name ?? "a function that is gone";
    const runs = path("/runs", { failure: group.id, status: "Failed", span: this.span, open: this.app.query.done !== "1" });
    return html`<li class="group ${group.open ? "" : "is-done"}" key=${group.id}>
      <div class="group-main">
        <h2><a data-row href=${runs}>${words(group.name)}</a></h2>
        <p class="error-message">${words(group.message)}</p>
        <p class="faint">${words(name)}${group.step ? html` · step ${words(group.step)}` : " · outside of a step"} · last ${when(group.last_at)}, first ${when(group.first_at)} · <a href=${`/runs/${group.last_run_id}`}>the latest run</a></p>
      </div>
      <div class="group-chart" title=${`each bar is ${duration(this.data.interval_ms)}`}>${sparkBars(group.counts)}</div>
      <div class="group-count"><strong>${count(group.open)}</strong><span class="faint">${group.open === group.count ? "failed" : `open of ${count(group.count)}`}</span></div>
      <div class="group-action">${mayChange() && group.open ? button(`Replay ${plural(group.open, "run")}`, () => this.replay(group), { kind: "primary", disabled: this.app.bulk.isRunning }) : null}
        ${group.open ? null : html`<span class="ok-text">${icon("Completed")} run again</span>`}</div>
    </li>`;
  }

  async replay(group) {
    const { since, until } = this.data;
    const sure = await this.app.confirm(`Replay ${plural(group.open, "run")}`,
      `Each run of “${visible(group.name)}” that was not run again yet starts anew with its event. Fix the app first.`, `Replay ${plural(group.open, "run")}`, "primary");
    if (!sure) return;
    // Those that were counted, however many they are.
    await this.app.bulk.start("replay", { failure: group.id, after: since, before: until });
  }
}
