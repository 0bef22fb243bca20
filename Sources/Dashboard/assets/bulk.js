// Cancelling and replaying many runs as one job, with its progress on every page.

import { html } from "./html.js";
import { get, post, remove } from "./api.js";
import { count, plural } from "./format.js";
import { button, progress, status, statuses } from "./parts.js";

export const jobPaths = { cancel: "/v1/cancellations", replay: "/v1/replays" };
const verbs = { cancel: "Cancelling", replay: "Replaying" };
const dones = { cancel: "cancelled", replay: "replayed" };

/// What a job has done, in words.
export function jobWords(job) {
  const done = job.status === "Running" ? `${verbs[job.kind]} ${count(job.done + job.failed)}${job.total == null ? " runs" : ` of ${plural(job.total, "run")}`}`
    : `${plural(job.done, "run")} ${dones[job.kind]}`;
  return `${done}${job.failed ? `, ${count(job.failed)} refused` : ""}${job.status === "Cancelled" ? ", then stopped" : ""}`;
}

/// What became of the runs that a replay started.
export const jobResults = ({ results }) => statuses.filter((name) => results?.[name])
  .map((name) => html`<span key=${name} class="inline-status">${count(results[name])} ${status(name)}</span>`);

export const isOpen = (job) => job.status === "Running" || Boolean(job.results?.Queued || job.results?.Running);

export const jobProgress = (job) => progress(job.done + job.failed, job.total, verbs[job.kind]);

const jobPage = (job) => `/jobs/${job.id}${job.kind === "cancel" ? "?kind=cancel" : ""}`;

/// The job that was started last. It is shown again after a reload.
export class Bulk {
  constructor(app) {
    this.app = app;
    const kept = sessionStorage.getItem("job");
    if (kept) this.follow(JSON.parse(kept));
  }

  get isRunning() {
    return this.job?.status === "Running";
  }

  /// - which: what the API is told of which runs are meant.
  async start(kind, which) {
    await this.app.attempt(async () => {
      const { data } = await post(jobPaths[kind], which);
      sessionStorage.setItem("job", JSON.stringify({ kind, id: data.id }));
      await this.follow(data);
    });
  }

  async follow({ kind, id }) {
    this.following = id;
    let hasTold = false;
    while (this.following === id) {
      try {
        this.job = (await get(`${jobPaths[kind]}/${id}?limit=1`)).data;
      } catch (error) {
        // A server that is away for a moment has not forgotten the job.
        if (error.status === 404) return this.forget();
      }
      this.app.redraw();
      if (this.job && !this.isRunning && !hasTold) {
        hasTold = true;
        this.app.page?.onLive?.("reset", {});
      }
      if (this.job && !isOpen(this.job)) return;
      await new Promise((resolve) => setTimeout(resolve, hasTold ? 3000 : 400));
    }
  }

  stop(job) {
    return this.app.attempt(() => remove(`${jobPaths[job.kind]}/${job.id}`));
  }

  forget() {
    sessionStorage.removeItem("job");
    this.following = this.job = null;
    this.app.redraw();
  }

  view() {
    const { job } = this;
    if (!job) return null;
    const results = jobResults(job);
    return html`<div class="bulk" role="status">
      <span>${jobWords(job)}</span>
      ${results.length && !this.isRunning ? results : jobProgress(job)}
      <a href=${jobPage(job)}>Details</a>
      ${this.isRunning ? button("Stop", () => this.stop(job), { kind: "small" }) : button("OK", () => this.forget(), { kind: "small" })}
    </div>`;
  }
}
