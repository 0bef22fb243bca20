// Cancelling and replaying many runs: as one job of the orchestrator, with its progress.

import { html } from "./html.js";
import { get, post, remove } from "./api.js";
import { count, plural } from "./format.js";
import { button, progress } from "./parts.js";

const jobs = { cancel: "/v1/cancellations", replay: "/v1/replays" };
const verbs = { cancel: "Cancelling", replay: "Replaying" };
const dones = { cancel: "cancelled", replay: "replayed" };

export class Bulk {
  /// - onDone: called when it has ended.
  constructor(app, onDone) {
    this.app = app;
    this.onDone = onDone;
    this.job = null;
  }

  stop() {
    clearTimeout(this.timer);
    this.isStopped = true;
  }

  /// Cancels or replays these runs.
  async start(kind, runIDs) {
    this.job = { kind, total: runIDs.length, done: 0, failed: 0, status: "Running" };
    this.app.redraw();
    try {
      const { data } = await post(jobs[kind], { run_ids: runIDs });
      Object.assign(this.job, { id: data.id });
      await this.follow();
    } catch (error) {
      if (error.status !== 404) {
        this.job = null;
        this.app.redraw();
        return this.app.fail(error);
      }
      await this.oneByOne(kind, runIDs);
    }
  }

  async follow() {
    while (!this.isStopped && this.job?.id) {
      const { data } = await get(`${jobs[this.job.kind]}/${this.job.id}`);
      Object.assign(this.job, { total: data.total ?? this.job.total, done: data.done, failed: data.failed, status: data.status });
      this.app.redraw();
      if (data.status !== "Running") return this.finish();
      await new Promise((resolve) => (this.timer = setTimeout(resolve, 400)));
    }
  }

  /// Where the orchestrator has no such jobs.
  async oneByOne(kind, runIDs) {
    for (const id of runIDs) {
      if (this.isStopped || this.job.status !== "Running") break;
      try {
        await (kind === "cancel" ? remove(`/v1/runs/${id}`) : post(`/v1/runs/${id}/rerun`));
      } catch {
        this.job.failed += 1;
      }
      this.job.done += 1;
      this.app.redraw();
    }
    if (this.job.status === "Running") this.job.status = "Done";
    this.finish();
  }

  finish() {
    this.app.redraw();
    this.onDone?.(this.job);
  }

  async cancel() {
    if (this.job.id) await this.app.attempt(() => remove(`${jobs[this.job.kind]}/${this.job.id}`));
    else this.job.status = "Cancelled";
    this.app.redraw();
  }

  view() {
    const { job } = this;
    if (!job) return null;
    const isRunning = job.status === "Running";
    const text = isRunning ? `${verbs[job.kind]} ${count(job.done)} of ${count(job.total)}`
      : `${plural(job.done - job.failed, "run")} ${dones[job.kind]}${job.failed ? `, ${count(job.failed)} refused` : ""}${job.status === "Cancelled" ? ", then stopped" : ""}`;
    return html`<div class="bulk" role="status">
      <span>${text}</span>
      ${progress(job.done, job.total, verbs[job.kind])}
      ${isRunning ? button("Stop", () => this.cancel(), { kind: "small" })
        : button("OK", () => { this.job = null; this.app.redraw(); }, { kind: "small" })}
    </div>`;
  }
}
