// One function: what it is set to do, how it is doing, and its latest runs.

import { html } from "./html.js";
import { get, mayChange, path, post, ready } from "./api.js";
import { count, shortID, visible, when, words } from "./format.js";
import { button, choice, failed, notice, placeholder, status } from "./parts.js";
import { lines, stackedBars } from "./charts.js";
import { configWords } from "./config-words.js";
import { editJSON } from "./json-editor.js";
import { Page } from "./page.js";
import { Reading } from "./reading.js";
import { runDuration, spanOf, spanStart, spans } from "./page-runs.js";

export default class FunctionPage extends Page {
  counting = new Reading((signal) => this.loadMetrics(signal));

  get title() {
    return visible(this.item?.name ?? this.id);
  }

  get span() {
    return spanOf(this.app.query);
  }

  stop() {
    super.stop();
    this.counting.stop();
  }

  queryChanged() {
    this.counting.anew();
  }

  async read(signal) {
    this.item = (await get("/v1/functions", signal)).data.find((one) => one.slug === this.id);
    if (!this.item) throw new Error(`There is no function ${this.id} any more.`);
  }

  async loadMetrics(signal) {
    try {
      await ready;
      const [metrics, runs] = await Promise.all([
        get(path(`/v1/functions/${encodeURIComponent(this.id)}/metrics`, { after: spanStart(this.span), buckets: 48 }), signal),
        get(path("/v1/runs", { function: this.id, summary: true, limit: 10 }), signal),
      ]);
      [this.metrics, this.runs] = [metrics.data, runs.data];
      this.metricsError = null;
    } catch (error) {
      if (error.name === "AbortError") return;
      this.metricsError = error;
    }
    this.app.redraw();
  }

  onLive(name, data) {
    if (name === "reset" || data.apps) this.reading.again();
    if (name === "reset") this.counting.again();
    else if (data.more || data.runs?.some((run) => run.function === this.id)) this.counting.soon(3000);
  }

  view() {
    const { item } = this;
    if (!item) return html`<header class="page-head"><h1>${words(this.id)}</h1></header>${failed(this.error) ?? placeholder(4)}`;
    return html`
      <header class="page-head"><h1>${words(item.name)}</h1>${item.paused_at ? html`<span class="tag warn">paused</span>` : null}<span class="grow"></span>
        ${mayChange() ? html`<div class="actions">${this.pauseButton(item)}${button("Invoke", () => this.invoke(), { kind: "primary" })}</div>` : null}</header>
      ${item.paused_at ? notice("warn", html`Paused since ${when(item.paused_at)}: events start no runs${item.cancels_at ? html`, and what is under way is held, and cancelled ${when(item.cancels_at)} unless you resume` : ""}.`) : null}
      <dl class="facts"><div><dt>Function</dt><dd class="mono">${words(item.slug)}</dd></div><div><dt>App</dt><dd>${words(item.app ?? "")}</dd></div>
        <div><dt>Version</dt><dd>${item.version}</dd></div><div><dt>Called at</dt><dd class="mono">${words(item.url)}</dd></div></dl>
      <section><div class="section-head"><h2>How it is doing</h2><span class="grow"></span>
        ${choice("Time", spans, this.span, (value) => this.app.setQuery({ span: value === "24h" ? null : value }))}</div>${this.charts()}</section>
      <section><h2>What it is set to do</h2><dl class="config">${configWords(item).map(([name, text], index) => html`<div key=${index}><dt>${name}</dt><dd>${text}</dd></div>`)}</dl></section>
      <section><div class="section-head"><h2>Latest runs</h2><span class="grow"></span><a href=${path("/runs", { function: this.id })}>All runs</a></div>${this.latest()}</section>`;
  }

  charts() {
    const { metrics } = this;
    if (this.metricsError && !metrics) return notice("bad", this.metricsError.message);
    if (!metrics) return placeholder(3);
    const start = Date.parse(metrics.since);
    const at = (index) => new Date(start + index * metrics.interval_ms).toISOString();
    const values = (name) => metrics.buckets.map((bucket) => bucket[name]);
    return html`${metrics.truncated ? notice("", html`There are more runs than are looked at: these are the newest 20,000, since ${when(metrics.complete_since)}.`) : null}
      <div class="charts">
        ${stackedBars({ at, label: "Runs that ended", series: [{ name: "completed", kind: "completed", values: values("completed") }, { name: "failed", kind: "failed", values: values("failed") }, { name: "cancelled", kind: "cancelled", values: values("cancelled") }] })}
        ${stackedBars({ at, label: "Failures", series: [{ name: "failed", kind: "failed", values: values("failed") }] })}
        ${lines({ at, label: "From start to end", series: [{ name: "half of them within", kind: "run", values: values("duration_p50_ms") }, { name: "95 % within", kind: "wait", values: values("duration_p95_ms") }] })}
        ${stackedBars({ at, label: html`Not begun <span class="faint">· ${count(metrics.backlog)} calls due now</span>`, series: [{ name: "runs waiting to begin", kind: "queued", values: values("waiting") }] })}
      </div>`;
  }

  latest() {
    if (!this.runs) return placeholder(3);
    if (!this.runs.length) return html`<p class="faint">No runs yet.</p>`;
    return html`<div class="list event-runs" role="table" aria-label="Latest runs">${this.runs.map((run) => html`<div class="row" role="row" data-row key=${run.run_id}>
      <span role="cell">${status(run.status)}</span><span role="cell" class="cell-main"><a class="cover" href=${`/runs/${run.run_id}`}>${when(run.queued_at)}</a></span>
      <span role="cell" class="cell-number">${runDuration(run)}</span><span role="cell" class="cell-id mono faint">${shortID(run.run_id)}</span></div>`)}</div>`;
  }

  // MARK: Actions

  pauseButton(item) {
    return button(item.paused_at ? "Resume" : "Pause", () => (item.paused_at ? this.change("resume") : this.pause()));
  }

  async pause() {
    const answer = await this.app.dialog("Pause this function", (dialog) => html`
      <p>Events and schedules start no runs until it is resumed. The app is not called for the runs that it has. What becomes of them?</p>
      <footer>${button("Back", () => dialog.close())}${button("Cancel them now", () => dialog.close({ cancel_after: "0s" }), { kind: "danger" })}
        ${button("Hold them, cancel after 7 days", () => dialog.close({ cancel_after: "7d" }), { kind: "primary" })}</footer>`);
    if (answer) await this.change("pause", answer);
  }

  async change(what, body) {
    const slug = encodeURIComponent(this.id);
    await this.app.attempt(() => post(what === "pause" ? `/v1/functions/${slug}/pause` : `/v1/functions/${slug}/resume`, body), what === "pause" ? "The function is paused." : "The function goes on.");
    await this.reading.again();
  }

  async invoke() {
    const started = await editJSON(this.app, `Invoke ${visible(this.item.name)}`, {
      text: "Starts one run with this as the event's data.", value: "{}", label: "Data: an object", action: "Invoke",
      act: ({ value }) => post(`/invoke/${encodeURIComponent(this.id)}`, { data: value }),
    });
    // Its rules may keep the run back: the event says why.
    if (started) this.app.go(started.run_id ? `/runs/${started.run_id}` : `/events/${started.id}`);
  }
}
