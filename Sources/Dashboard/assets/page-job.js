// One job on many runs: how far it is, what came of each run, and why some were refused.

import { html } from "./html.js";
import { get, mayChange, path } from "./api.js";
import { isOpen, jobPaths, jobProgress, jobResults, jobWords } from "./bulk.js";
import { count, plural, when, words } from "./format.js";
import { button, failed, placeholder, status } from "./parts.js";
import { Page } from "./page.js";

const names = { cancel: "Cancellation", replay: "Replay" };

export default class JobPage extends Page {
  /// No need to say above it how far the job is.
  showsJob = true;
  runs = [];

  get kind() {
    return this.app.query.kind === "cancel" ? "cancel" : "replay";
  }

  get title() {
    return names[this.kind];
  }

  queryChanged() {
    this.runs = [];
    this.reading.anew();
  }

  /// The job with some of its runs.
  part(parameters, signal) {
    return get(path(`${jobPaths[this.kind]}/${this.id}`, { refused: this.app.query.refused === "1", ...parameters }), signal);
  }

  /// As many runs as were asked for before, as far as the API gives them at once.
  async read(signal) {
    const { data } = await this.part({ limit: Math.min(1000, Math.max(100, this.runs.length)) }, signal);
    // A job that goes on comes to runs among those that are shown.
    const rest = data.cursor ? this.runs.filter((run) => run.run_id > data.cursor) : [];
    if (!rest.length) this.cursor = data.cursor;
    [this.job, this.runs] = [data, [...data.runs, ...rest]];
    if (data.status === "Running") this.reading.soon(500);
    else if (isOpen(data)) this.reading.soon(3000);
  }

  async more() {
    const { cursor } = this;
    const answer = await this.app.attempt(() => this.part({ limit: 100, cursor }));
    if (!answer) return;
    this.runs = [...this.runs.filter((run) => run.run_id <= cursor), ...answer.data.runs];
    this.cursor = answer.data.cursor;
    this.app.redraw();
  }

  view() {
    const { job } = this;
    if (!job) return html`${this.head()}${failed(this.error) ?? placeholder(4)}`;
    const isRunning = job.status === "Running";
    return html`
      ${this.head(isRunning && mayChange() ? html`<span class="grow"></span>${button("Stop", async () => { await this.app.bulk.stop(job); this.reading.again(); }, { kind: "danger" })}` : null)}
      ${failed(this.error)}
      <div class="job" role="status"><strong>${jobWords(job)}</strong>${jobProgress(job)}</div>
      ${this.results()}
      <dl class="facts">
        <div><dt>Job</dt><dd class="mono">${job.id}</dd></div>
        <div><dt>Begun</dt><dd>${when(job.created_at)}</dd></div>
        ${job.ended_at ? html`<div><dt>Ended</dt><dd>${when(job.ended_at)}</dd></div>` : null}
        ${job.function ? html`<div><dt>Function</dt><dd>${words(job.function)}</dd></div>` : null}
        ${job.failure ? html`<div><dt>Which</dt><dd><a href=${path("/runs", { failure: job.failure })}>one kind of failure</a></dd></div>` : null}
      </dl>
      <section><div class="section-head"><h2>Runs</h2><span class="grow"></span>
        <label class="check"><input type="checkbox" checked=${this.app.query.refused === "1"} onclick=${(event) => this.app.setQuery({ refused: event.target.checked ? "1" : null })}> refused ones only (${count(job.failed)})</label></div>
        ${this.list()}</section>`;
  }

  /// Whether what was replayed went well this time.
  results() {
    const results = jobResults(this.job);
    if (!results.length) return null;
    const counted = Object.values(this.job.results).reduce((sum, one) => sum + one, 0);
    return html`<p class="results" aria-label="What became of them">${results}
      ${counted < this.job.done ? html`<span class="faint">${count(counted)} looked at</span>` : null}</p>`;
  }

  list() {
    if (!this.runs.length) return html`<p class="faint">${this.job.status === "Running" ? "None yet." : "None."}</p>`;
    return html`<div class="list job-runs" role="table" aria-label="Runs of the job">${this.runs.map((run) => html`<div class="row" role="row" data-row key=${run.run_id}>
        <span role="cell" class="mono"><a href=${`/runs/${run.run_id}`}>${run.run_id}</a></span>
        <span role="cell">${run.error ? html`<span class="bad-text">${words(run.error)}</span>`
          : run.new_run_id ? html`now <a class="mono" href=${`/runs/${run.new_run_id}`}>${run.new_run_id}</a>` : "cancelled"}</span>
        <span role="cell">${run.status && !run.error ? status(run.status) : null}</span></div>`)}</div>
      ${this.cursor ? html`<div class="more">${button("Show more", () => this.more())}</div>` : html`<p class="faint">${plural(this.runs.length, "run")} shown.</p>`}`;
  }
}
