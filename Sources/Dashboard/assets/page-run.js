// One run: its timeline, what came of each step, why it waits, and what can be done.

import { html } from "./html.js";
import { get, mayChange, now, path, post, remove, session } from "./api.js";
import { bytes, count, plural, prose, visible, when, words } from "./format.js";
import { button, code, copyButton, icon, notice, placeholder, status } from "./parts.js";
import { jsonTree } from "./json-tree.js";
import { idleShare, makeScale, readTimeline } from "./timeline.js";
import { legend, waterfall } from "./waterfall.js";
import { Page } from "./page.js";
import { Reading } from "./reading.js";
import { runDuration } from "./page-runs.js";
import { stepPanel } from "./step-panel.js";
import { historyList } from "./history-list.js";
import { editJSON } from "./json-editor.js";

/// Larger values are read when somebody wants to see them.
const maximumValue = 32_768;
/// Where a run has more rows than that, they can be narrowed down.
const manyRows = 30;

const runLink = (id, key) => html`<a key=${key} class="mono" href=${`/runs/${id}`}>…${id.slice(-8)}</a>`;

export default class RunPage extends Page {
  values = new Map();

  constructor(app, id) {
    super(app, id);
    this.readingReruns = new Reading((signal) => this.loadReruns(signal));
  }

  get title() {
    return this.timeline ? `${visible(this.timeline.run.function_name ?? "Run")} ${this.id.slice(-6)}` : "Run";
  }

  start() {
    this.app.live.open(this.id);
  }

  stop() {
    super.stop();
    this.readingReruns.stop();
  }

  async read(signal) {
    this.timeline = (await get(path(`/v1/runs/${this.id}/timeline`, { max_value: maximumValue }), signal)).data;
  }

  async loadReruns(signal) {
    try {
      this.reruns = (await get(path("/v1/runs", { rerun_of: this.id, summary: true, limit: 20 }), signal)).data;
      this.app.redraw();
    } catch {
      // What repeats it is a courtesy.
    }
  }

  onLive(name, data) {
    if (name === "hello") return;
    this.reading.again();
    if (name === "reset" || this.timeline?.run.ended_at) this.readingReruns.again();
  }

  get selected() {
    return this.app.query.step;
  }

  select(key) {
    this.app.setQuery({ step: this.selected === (key || "function") ? null : key || "function" }, { replace: true });
  }

  pressed(event) {
    if (event.key === "Escape" && this.selected) this.select(this.selected);
  }

  // MARK: Drawing

  view() {
    if (this.error && !this.timeline) {
      return html`<header class="page-head"><h1>Run</h1></header>${notice("bad", this.error.message)}<p><a href="/runs">All runs</a></p>`;
    }
    if (!this.timeline) return html`<header class="page-head"><h1>Run</h1></header>${placeholder()}`;
    const { run } = this.timeline;
    if (!run.ended_at || this.model?.of !== this.timeline) this.model = { ...readTimeline(this.timeline, now()), of: this.timeline };
    return html`
      <header class="page-head run-head">
        <div class="title-line">${status(run.status)}<h1>${words(run.function_name ?? "a function that is gone")}</h1></div>
        <span class="grow"></span>
        ${this.actions(run)}
      </header>
      ${this.facts(run)}
      ${this.blockers()}
      ${this.ending()}
      ${this.failure(run)}
      ${this.timelineView()}
      ${this.tabs(run)}`;
  }

  facts(run) {
    const trigger = this.timeline.events[0];
    const fact = (name, value) => html`<div key=${name}><dt>${name}</dt><dd>${value}</dd></div>`;
    return html`<dl class="facts">
      ${fact("Run", html`<span class="mono">${run.run_id}</span>${copyButton(run.run_id, "Copy the run's id")}`)}
      ${fact("Queued", when(run.queued_at))}
      ${fact("Duration", runDuration(run))}
      ${run.cron ? fact("Schedule", html`<code>${run.cron}</code>`) : null}
      ${trigger ? fact(this.timeline.events.length > 1 ? "Events" : "Event", html`<a href=${`/events/${trigger.internal_id}`}>${words(trigger.name)}</a>
        ${this.timeline.events.length > 1 ? html`<span class="faint">and ${plural(this.timeline.events.length - 1, "other")}</span>` : null}`) : null}
      ${run.function ? fact("Function", html`<a href=${`/functions/${encodeURIComponent(run.function)}`}>${words(run.function)}</a> <span class="faint">v${run.function_version}</span>`) : null}
      ${run.app ? fact("App", words(run.app)) : null}
      ${run.parent_run_id ? fact("Started by", runLink(run.parent_run_id)) : null}
      ${run.original_run_id ? fact("Repeats", runLink(run.original_run_id)) : null}
      ${this.reruns?.length ? fact("Repeated by", this.reruns.slice(0, 3).map((one) => html`<a key=${one.run_id} class="mono inline-status" href=${`/runs/${one.run_id}`}>${status(one.status)} …${one.run_id.slice(-8)}</a> `)) : null}
    </dl>`;
  }

  blockers() {
    const isPaused = this.timeline.waiting.some(({ kind }) => kind === "paused");
    // What nothing but the pause keeps from being called is said by the pause.
    const waiting = this.timeline.waiting.filter((one) => !isPaused || one.kind !== "queue" || one.rule || one.position || one.until);
    if (!waiting.length) return null;
    return html`<section class="why" aria-label="What it waits for"><h2>${this.timeline.run.status === "Queued" ? "Why it has not begun" : "What it waits for"}</h2>
      <ul>${waiting.slice(0, 20).map((blocker, index) => html`<li key=${blocker.step_id ?? index}>
        <strong>${words(blocker.label)}</strong> ${blocker.rule ? this.gates(blocker) : html`<span>${prose(blocker.text)}</span>`}
        ${blocker.until ? html`<span class="faint">(${when(blocker.until)})</span>` : null}
        ${blocker.run_id ? runLink(blocker.run_id) : null}
        ${this.skipButton(blocker)}</li>`)}</ul>
      ${waiting.length > 20 ? html`<p class="faint">and ${plural(waiting.length - 20, "other")}</p>` : null}</section>`;
  }

  /// All the rules that a call waits for, and who holds them.
  gates(blocker) {
    const gates = [blocker, ...(blocker.also ?? [])];
    return html`<span>${`waits for ${plural(gates.length, "rule")}${blocker.position > 1 ? ` at place ${count(blocker.position)}` : ""}`}</span>
      <ul class="gates">${gates.map((gate, index) => html`<li key=${index}>
        ${words(gate.rule)} ${gate.key === undefined ? null : html`<code>${visible(gate.key)}</code>`}
        <span class="faint">${gate.held === undefined ? gate.earliest ? html`may start ${when(gate.earliest)}` : "runs that may start wait to be called" : `${count(gate.held)} of ${count(gate.limit)} held`}</span>
        ${(gate.holders ?? []).map((id) => runLink(id, id))}</li>`)}</ul>`;
  }

  /// What skipped or cancelled it.
  ending() {
    const { run, ending } = this.timeline;
    if (!ending || run.status === "Failed") return null;
    return html`<section class="why" aria-label="Why it ended"><h2>${`Why it was ${run.status.toLowerCase()}`}</h2>
      <p>${prose(ending.text)}</p>
      <p class="actions">${ending.holder ? html`<a href=${`/runs/${ending.holder}`}>The run under way</a>` : null}
        ${ending.event_id ? html`<a href=${`/events/${ending.event_id}`}>The event</a>` : null}
        ${ending.job ? html`<a href=${`/jobs/${ending.job}?kind=cancel`}>The job</a>` : null}</p></section>`;
  }

  skipButton(blocker) {
    const canSkip = ["sleep", "event", "invoke", "retry", "signal"].includes(blocker.kind) && blocker.step_id;
    if (!canSkip || session.kind !== "dev" || !mayChange()) return null;
    const labels = { sleep: "End the sleep now", retry: "Try again now" };
    return button(labels[blocker.kind] ?? "Stop waiting now", async () => {
      try {
        await post(`/v1/runs/${this.id}/steps/${blocker.step_id}/skip`);
        this.reading.again();
      } catch (error) {
        this.app.fail(error);
      }
    }, { kind: "small" });
  }

  failure(run) {
    if (run.status !== "Failed") return null;
    const error = run.output ?? { message: run.output_preview };
    const step = this.timeline.ending?.step;
    const failed = this.model.rows.filter((row) => row.status === "Failed" && row.key);
    const isSame = (other) => other && other.name === error?.name && other.message === error?.message;
    const failing = failed.findLast((row) => (step ? row.label === step : row.kind === "invoke" && isSame(row.step?.value?.error)));
    const child = failed.findLast((row) => row.kind === "invoke" && row.end?.run_id);
    return html`<section class="failure" aria-label="The error">
      <h2>${icon("Failed")} ${words(error?.name ?? "Error")}${failing ? html`<span class="faint"> in step <button type="button" class="link" onclick=${() => this.select(failing.key)}>${words(failing.label)}</button></span>` : null}</h2>
      <p class="error-message">${words(error?.message ?? JSON.stringify(error))}</p>
      ${child ? html`<p>The run that it started has failed: ${runLink(child.end.run_id)}</p>` : null}
      ${error?.stack ? html`<details><summary>Stack trace</summary>${code(error.stack)}</details>` : null}</section>`;
  }

  timelineView() {
    const { model } = this;
    if (!model.rows.length) {
      return this.timeline.run.status === "Cancelled" ? html`<section aria-label="Timeline"><h2>Timeline</h2><p class="faint">The app was not called: it was cancelled before it began.</p></section>` : null;
    }
    const chosen = this.app.query.scale;
    const isCut = chosen ? chosen === "cut" : idleShare(model) > 0.9;
    const scale = makeScale(model, isCut);
    const canCut = isCut ? scale.breaks.length > 0 : idleShare(model) > 0.2;
    const key = this.selected === "function" ? "" : this.selected;
    const row = key === undefined ? null : model.rows.find((one) => one.key === key);
    return html`<section class="timeline" aria-label="Timeline">
      <div class="section-head"><h2>Timeline</h2>${this.stepFilter()}<span class="grow"></span>${legend()}
        ${canCut || chosen ? html`<div class="segmented" role="group" aria-label="Scale">
          ${[["real", "To scale"], ["cut", "Cut idle time"]].map(([id, name]) => html`<button type="button" key=${id} aria-pressed=${(id === "cut") === isCut ? "true" : "false"}
            onclick=${() => this.app.setQuery({ scale: id }, { replace: true })}>${name}</button>`)}</div>` : null}</div>
      <div class="timeline-body ${row ? "with-panel" : ""}">
        ${waterfall({ rows: this.shownRows(), model, scale, selected: row?.key, onselect: (one) => this.select(one) })}
        ${row ? stepPanel(this, row) : null}
      </div></section>`;
  }

  /// A step among many is found by its name, or by its status.
  shownRows() {
    const wanted = (this.app.query.steps ?? "").trim().toLowerCase();
    return this.model.rows.filter((row) => row.label.toLowerCase().includes(wanted) || row.status.toLowerCase() === wanted);
  }

  stepFilter() {
    const wanted = this.app.query.steps;
    if (!wanted && this.model.rows.length <= manyRows) return null;
    return html`<label class="search small">${icon("search")}<input type="search" placeholder="Name or status" aria-label="Find steps" value=${wanted ?? ""}
      oninput=${(event) => this.app.setQuery({ steps: event.target.value }, { replace: true })}></label>`;
  }

  tabs(run) {
    const tab = this.app.query.tab ?? "output";
    const names = [["output", run.status === "Failed" ? "Error" : "Output"], ["event", this.timeline.events.length > 1 ? "Events" : "Event"], ["history", `History (${this.timeline.history.length})`]];
    return html`<section class="run-tabs">
      <div class="tabs" role="tablist" aria-label="More of this run">${names.map(([id, name]) => html`<button type="button" role="tab" id=${`tab-${id}`} aria-controls="tab-panel" key=${id} class="tab" aria-selected=${tab === id ? "true" : "false"}
        onclick=${() => this.app.setQuery({ tab: id === "output" ? null : id }, { replace: true })}>${name}</button>`)}</div>
      <div role="tabpanel" id="tab-panel" aria-labelledby=${`tab-${tab}`}>${tab === "output" ? this.output(run) : tab === "event" ? this.events() : historyList(this.timeline.history)}</div></section>`;
  }

  output(run) {
    if (run.output !== undefined) return jsonTree(run.output, "output", "output");
    if (run.output_size) return this.large("output", run, "output", async () => (await get(`/v1/runs/${this.id}`)).data.output);
    return html`<p class="faint">${run.ended_at ? "Nothing was returned." : "Not finished."}</p>`;
  }

  events() {
    return this.timeline.events.map((event) => html`<div key=${event.internal_id} class="event-block">
      <h3><a href=${`/events/${event.internal_id}`}>${words(event.name)}</a> <span class="faint">${when(event.received_at)}</span></h3>
      ${event.data_size ? this.large(`event ${event.internal_id}`, event, "data", async () => (await get(`/v1/events/${event.internal_id}`)).data.data)
        : jsonTree(event.data, "data", "event data")}</div>`);
  }

  /// A step's input that is too large to come with the rest; the history has it.
  async readInput(row) {
    const { data } = await get(`/v1/runs/${this.id}/timeline`);
    return data.history.find((entry) => entry.step_id === row.key && entry.input !== undefined)?.input;
  }

  /// A value that is too large to come with the rest.
  large(key, owner, name, read) {
    if (this.values.has(key)) return jsonTree(this.values.get(key), `large ${key}`, name);
    return html`<div class="large"><p class="mono faint">${visible(owner[`${name}_preview`] ?? "")}…</p>
      ${button(`Load all ${bytes(owner[`${name}_size`])}`, async () => {
        const value = await this.app.attempt(read);
        if (value !== undefined) this.values.set(key, value);
        this.app.redraw();
      })}</div>`;
  }

  // MARK: Actions

  actions(run) {
    const may = mayChange();
    return html`<div class="actions">
      ${may && !run.ended_at ? button("Cancel", () => this.cancel(), { kind: "danger" }) : null}
      ${may ? button(html`${icon("rerun")}<span>Rerun</span>`, () => this.app.attempt(() => this.rerun()), { kind: run.status === "Failed" ? "primary" : "" }) : null}
      ${button("Copy as a test", () => this.app.attempt(() => this.showTest()))}
      <a class="button" href=${`/v1/runs/${this.id}/timeline`} target="_blank" rel="noopener">JSON</a>
    </div>`;
  }

  async cancel() {
    if (!await this.app.confirm("Cancel this run", "It ends where it is. Steps that have finished stay finished.", "Cancel the run")) return;
    await this.app.attempt(() => remove(`/v1/runs/${this.id}`), "The run is cancelled.");
    this.reading.again();
  }

  rerun(body) {
    return post(`/v1/runs/${this.id}/rerun`, body).then(({ data }) => this.app.go(`/runs/${data.run_id}`));
  }

  /// Starts a new run that takes over what came before a step.
  async rerunFrom(row) {
    const [title, action] = [`Rerun from “${visible(row.label)}”`, "Rerun from here"];
    const text = "A new run takes over the steps before this one and goes on from here.";
    const rerun = (input) => this.rerun({ from_step: { step_id: row.key, input } });
    const input = row.input ?? row.step?.value?.input ?? (row.largeInput && await this.app.attempt(() => this.readInput(row)));
    // An app that reports no inputs may take one that it is given for the step's result.
    if (input === undefined) {
      if (row.largeInput || !await this.app.confirm(title, `${text} The step is run again as it was: the app did not report its input.`, action, "primary")) return;
      return this.app.attempt(() => rerun());
    }
    await editJSON(this.app, title, {
      text: `${text} Change the step's input, or leave it as it is.`,
      value: JSON.stringify(input, null, 2), isOptional: true, action,
      label: "Input of the step: a list of arguments",
      act: ({ value }) => rerun(JSON.stringify(value) === JSON.stringify(input) ? undefined : value),
    });
  }

  async showTest() {
    const { data: { code: text } } = await get(`/v1/runs/${this.id}/test`);
    await this.app.dialog("Copy as a test", () => html`
      <p>A test that starts the function in the same way and expects what happened here.</p>
      ${code(text)}<footer>${copyButton(text, "Copy", "primary")}</footer>`, { wide: true });
  }
}
