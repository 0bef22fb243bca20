// Runs: the newest first, as they change.

import { html } from "./html.js";
import { get, mayChange, now, path, ready, session } from "./api.js";
import { between, count, duration, plural, shortID, when, words } from "./format.js";
import { button, choice, empty, failed, icon, placeholder, status, statuses } from "./parts.js";
import { LiveRows } from "./live-rows.js";
import { Reading } from "./reading.js";

export const spans = [["15m", "Last 15 minutes"], ["1h", "Last hour"], ["24h", "Last 24 hours"], ["7d", "Last 7 days"], ["30d", "Last 30 days"]];
const spanLengths = { "15m": 900_000, "1h": 3_600_000, "24h": 86_400_000, "7d": 604_800_000, "30d": 2_592_000_000 };

/// From when on a chosen span reaches. In steps of ten seconds, so that all who look count the same runs.
export const spanStart = (span) => (spanLengths[span] ? new Date(Math.floor((now() - spanLengths[span]) / 10_000) * 10_000).toISOString() : undefined);

/// Rows that are drawn at first: those that are seen.
const firstScreen = 24;

/// The span that a URL asks for, if it is one of some, and the last day else.
export const spanOf = ({ span }, some = spans) => (some.some(([id]) => id === span) ? span : "24h");

/// As a field for times wants it.
function localTime(text) {
  const date = new Date(text ?? NaN);
  return Number.isNaN(date.getTime()) ? "" : new Date(date - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 19);
}

/// What the API is asked for, from the parameters of a page.
const runFilter = (query) => ({
  status: query.status ? query.status.split(",") : undefined, function: query.function, app: query.app,
  after: query.after ?? spanStart(query.span), before: query.before, if: query.if, failure: query.failure, open: query.open,
});

export class RunsPage {
  title = "Runs";

  constructor(app) {
    this.app = app;
    this.restore();
    this.list = new LiveRows({
      id: (run) => run.run_id, read: (page, signal) => this.read(page, signal), verdict: (run, isKnown) => this.verdict(run, isKnown),
      // Rows don't move under somebody's pointer or reading.
      isHeld: () => scrollY > 80 || this.selected.size > 0 || document.querySelector(".runs .row:hover, .runs .row:focus-within") !== null,
      onChange: () => this.app.redraw(),
    });
    this.counting = new Reading((signal) => this.loadTotals(signal));
    this.naming = new Reading((signal) => this.loadNames(signal));
    this.functions = [];
    this.apps = [];
  }

  start() {
    this.app.live.open();
  }

  stop() {
    this.list.stop();
    this.counting.stop();
    this.naming.stop();
  }

  /// What was chosen, where somebody has come back.
  restore() {
    this.selected = new Set(history.state?.selected);
    /// Whether all runs that match are meant, shown or not.
    this.isAll = Boolean(history.state?.isAll);
  }

  async queryChanged() {
    this.restore();
    await this.list.reload();
    this.counting.anew();
  }

  get rows() {
    return this.list.rows;
  }

  get isRead() {
    return Boolean(this.rows ?? this.list.error);
  }

  /// What is there again when somebody comes back.
  get kept() {
    return { ...this.list.kept, selected: [...this.selected], isAll: this.isAll };
  }

  // MARK: Reading

  async read(page, signal) {
    if (this.app.query.span) await ready;
    return get(path("/v1/runs", { ...runFilter(this.app.query), summary: true, ...page }), signal);
  }

  async loadNames(signal) {
    const [functions, apps] = await Promise.all([get("/v1/functions", signal), get("/v1/apps", signal)]).catch(() => [{ data: this.functions }, { data: this.apps }]);
    [this.functions, this.apps] = [functions.data, apps.data];
    this.app.redraw();
  }

  async loadTotals(signal) {
    const { status: _, if: __, ...filter } = runFilter(this.app.query);
    try {
      this.totals = (await get(path("/v1/runs/totals", filter), signal)).data;
      // A count of many runs may be older than the last change.
      if (this.totals.counted_at < this.changedAt) this.counting.soon(3000);
      this.app.redraw();
    } catch {
      // The list says what is wrong.
    }
  }

  // MARK: Live

  async onLive(name, data) {
    // The rows first, and the rest when they are painted.
    if (name === "reset") {
      await this.list.refresh();
      await this.app.painted;
      this.counting.again();
    }
    if (name === "reset" || data.apps) this.naming.again();
    if (name === "change") {
      this.list.change(data.runs);
      if (data.more) this.list.refreshSoon(1000, 10_000);
      if (!data.runs.length) return;
      this.changedAt = data.now;
      this.counting.soon(2000, 5000);
    }
  }

  verdict(run, isKnown) {
    const { query } = this.app;
    const since = query.after ?? spanStart(query.span);
    const fits = (!query.status || query.status.split(",").includes(run.status)) && (!query.function || query.function === run.function)
      && (!query.app || query.app === run.app) && (!since || query.failure || run.queued_at >= since);
    if (isKnown) return fits || query.if ? "show" : "hide";
    // What a condition asks for is looked up, not guessed; in an old time nothing comes.
    return !fits || query.before || query.failure ? "ignore" : query.if ? "wait" : "show";
  }

  // MARK: Drawing

  view() {
    const { query } = this.app;
    return html`
      <header class="page-head"><h1>Runs</h1></header>
      ${this.tabs(query)}
      ${this.filters(query)}
      ${failed(this.list.error)}
      ${query.if && this.list.error?.status === 400 ? html`<p class="faint">A condition such as <code>event.data.total > 100</code>, or <code>event.data.name.contains("Ada")</code> to look for a text.</p>` : null}
      ${this.selectionBar()}
      ${newRows(this.list, "run", query.if)}
      ${this.table(query)}`;
  }

  tabs(query) {
    const current = query.status ?? "";
    const total = (name) => {
      if (!this.totals || query.if) return null;
      const number = name ? this.totals.totals[name] : statuses.reduce((sum, one) => sum + this.totals.totals[one], 0);
      const more = (name ? [name] : statuses).some((one) => this.totals.totals[one] >= this.totals.limit);
      return html`<span class="tab-count">${count(number)}${more ? "+" : ""}</span>`;
    };
    return html`<div class="tabs" role="group" aria-label="Status">${["", ...statuses].map((name) => html`
      <button type="button" key=${name} class=${name ? `tab tab-${name.toLowerCase()}` : "tab"} aria-pressed=${current === name ? "true" : "false"}
        onclick=${() => this.app.setQuery({ status: name })}>${name ? icon(name) : null}<span>${name || "All"}</span>${total(name)}</button>`)}</div>`;
  }

  filters(query) {
    return html`<form class="filters" role="search">
      ${choice("Function", [["", "All functions"], ...this.functions.map((one) => [one.slug, one.name]),
        ...(query.function && !this.functions.some((one) => one.slug === query.function) ? [[query.function, query.function]] : [])], query.function,
        (value) => this.app.setQuery({ function: value }))}
      ${this.apps.length > 1 || query.app ? choice("App", [["", "All apps"], ...this.apps.filter((one) => one.name).map((one) => [one.name, one.name])], query.app, (value) => this.app.setQuery({ app: value })) : null}
      ${this.times(query)}
      <label class="search grow">${icon("search")}
        <input type="search" name="if" placeholder="event.data.total > 100 && output.ok" aria-label="Condition over event, output and error"
          value=${query.if ?? ""} spellcheck="false" autocomplete="off"
          onchange=${(event) => this.app.setQuery({ if: event.target.value.trim() })}></label>
      ${query.failure ? html`<button type="button" class="chip" onclick=${() => this.app.setQuery({ failure: null, open: null })}>one kind of failure ${icon("close")}</button>` : null}
    </form>`;
  }

  times(query) {
    const isRange = query.after || query.before;
    const end = (label, name) => html`<label class="field"><span class="faint">${label}</span> <input class="input" type="datetime-local" step="1" aria-label=${label}
      value=${localTime(query[name])} onblur=${({ target: { value } }) => value !== localTime(query[name]) && this.app.setQuery({ [name]: value && new Date(value).toISOString() })}></label>`;
    return [choice("Time", [["", "Any time"], ...spans, ["range", "From … to …"]], isRange ? "range" : query.span, (value) => this.app.setQuery(value === "range"
      ? { span: null, after: spanStart(query.span) ?? spanStart("24h") } : { span: value, after: null, before: null })),
      isRange ? end("From", "after") : null, isRange ? end("To", "before") : null];
  }

  table(query) {
    if (!this.rows) return this.list.error ? null : placeholder();
    if (!this.rows.length && !this.list.page?.has_more) return this.nothing(query);
    const hasApps = this.rows.some((run) => run.app !== this.rows[0].app);
    return html`
      <div class="list runs" role="table" aria-label="Runs">
        <div class="row head" role="row">
          <span role="columnheader" class="cell-check"><input type="checkbox" aria-label="Select all that are shown"
            checked=${this.rows.length > 0 && this.rows.every((run) => this.selected.has(run.run_id))}
            onclick=${(event) => this.selectAll(event.target.checked)}></span>
          ${["Status", "Function", "Event", "Queued", "Duration", "Run"].map((name) => html`<span role="columnheader" key=${name}>${name}</span>`)}
        </div>
        ${this.rows.slice(0, this.app.isPainted ? undefined : firstScreen).map((run) => this.row(run, hasApps))}
      </div>
      ${moreRows(this.list, "run")}`;
  }

  row(run, hasApps) {
    const isSelected = this.selected.has(run.run_id);
    return html`<div class="row ${isSelected ? "selected" : ""}" role="row" data-row key=${run.run_id}>
      <span role="cell" class="cell-check"><input type="checkbox" aria-label=${`Select run ${run.run_id}`} checked=${isSelected}
        onclick=${() => this.toggle(run.run_id)}></span>
      <span role="cell">${status(run.status)}</span>
      <span role="cell" class="cell-main"><a class="cover" href=${`/runs/${run.run_id}`}>${words(run.function_name ?? "a function that is gone")}</a>
        ${hasApps ? html`<span class="faint">${words(run.app ?? "")}</span>` : null}</span>
      <span role="cell" class="cell-event faint">${run.cron ? `cron ${run.cron}` : words(run.event_name ?? "")}</span>
      <span role="cell" class="cell-time">${when(run.queued_at)}</span>
      <span role="cell" class="cell-number">${runDuration(run)}</span>
      <span role="cell" class="cell-id mono faint" title=${run.run_id}>${shortID(run.run_id)}</span>
    </div>`;
  }

  nothing(query) {
    if (Object.keys(query).length) {
      return empty("No run fits", html`<p>Nothing here with these filters${this.list.page?.scanned !== undefined ? ` (looked at ${plural(this.list.page.scanned, "run")})` : ""}.</p>
        <p>${button("Clear filters", () => this.app.go("/runs"))}</p>`);
    }
    if (!this.apps.some((one) => one.name)) return welcome(this.apps);
    return empty("No runs yet", html`<p>${plural(this.functions.length, "function")} registered. Send an event that starts one:</p>
      <p><a class="button primary" href="/events?send=1">Send an event</a></p>`);
  }

  // MARK: Selection

  clear() {
    this.selected.clear();
    this.isAll = false;
    this.app.redraw();
  }

  toggle(id) {
    this.isAll = false;
    if (!this.selected.delete(id)) this.selected.add(id);
    this.app.redraw();
  }

  selectAll(on) {
    this.isAll = false;
    this.selected = new Set(on ? this.rows.map((run) => run.run_id) : []);
    this.app.redraw();
  }

  selectionBar() {
    if (!this.selected.size || !this.rows || !mayChange()) return null;
    if (this.isAll) return this.allBar();
    const ids = [...this.selected];
    const chosen = this.rows.filter((run) => this.selected.has(run.run_id));
    const [open, ended] = [chosen.filter((run) => !run.ended_at), chosen.filter((run) => run.ended_at)].map((runs) => runs.map((run) => run.run_id));
    // A kind of failure is replayed as a whole on the page of the failures.
    const isMore = this.list.page?.has_more && this.rows.every((run) => this.selected.has(run.run_id)) && !this.app.query.failure;
    return this.bar(`${plural(ids.length, "run")} selected`, [
      isMore ? button(`Select all${this.matching(statuses)} that match`, () => { this.isAll = true; this.app.redraw(); }) : null,
      button(`Cancel ${open.length}`, () => this.act("cancel", { run_ids: open }, plural(open.length, "run")), { kind: "danger", disabled: !open.length }),
      button(`Replay ${ended.length}`, () => this.act("replay", { run_ids: ended }), { kind: "primary", disabled: !ended.length }),
    ]);
  }

  /// For all that match: the orchestrator finds them by the filter.
  allBar() {
    const { status: chosen, function: name, app, after, before, if: condition } = runFilter(this.app.query);
    const [open, ended] = [statuses.slice(0, 2), statuses.slice(2)].map((some) => some.filter((one) => !chosen || chosen.includes(one)));
    const which = { ...(name ? { function: name } : app ? { app } : { all: true }), if: condition };
    // Not those that come in while somebody is asked.
    const until = () => before ?? new Date(now()).toISOString();
    const all = (kind, verb, some, times) => {
      const text = `all${this.matching(some)} that match${open.length && ended.length ? ` and have${kind === "cancel" ? " not" : ""} ended` : ""}`;
      return button(`${verb}${this.matching(some) || " all"}`, () => this.act(kind, { ...which, ...times(), statuses: some }, text), { kind: kind === "cancel" ? "danger" : "primary", disabled: !some.length });
    };
    return this.bar(`All${this.matching(statuses)} that match selected`, [
      all("cancel", "Cancel", open, () => ({ started_after: after, started_before: until() })), all("replay", "Replay", ended, () => ({ after, before: until() }))]);
  }

  bar(text, buttons) {
    return html`<div class="selection" role="group" aria-label="Selected runs"><strong>${text}</strong>
      ${buttons}${button("Clear", () => this.clear(), { kind: "quiet" })}</div>`;
  }

  /// How many match, where that is counted.
  matching(some) {
    const { status: chosen, if: condition } = runFilter(this.app.query);
    if (!this.totals || condition) return "";
    const { totals, limit } = this.totals;
    const counted = some.filter((one) => !chosen || chosen.includes(one)).map((one) => totals[one]);
    return ` ${count(counted.reduce((sum, one) => sum + one, 0))}${counted.some((one) => one >= limit) ? "+" : ""}`;
  }

  /// - text: what to ask about before it is done.
  async act(kind, which, text) {
    const isCancel = kind === "cancel";
    const sure = !text || await this.app.confirm(isCancel ? "Cancel runs" : "Replay runs",
      isCancel ? "They will end where they are." : "They will run again from the beginning.", `${isCancel ? "Cancel" : "Replay"} ${text}`, isCancel ? "danger" : "primary");
    if (!sure) return;
    this.clear();
    await this.app.bulk.start(kind, which);
  }
}

/// A button that lets in what is new: under a condition, where that fits it.
export const newRows = (list, word, condition) => list.waiting.size ? html`<button type="button" class="pill" onclick=${() => { scrollTo(0, 0); list.reload(); }}>
  ${condition ? `${plural(list.waiting.size, word)} came or changed: search again` : plural(list.waiting.size, `new ${word}`)}</button>` : null;

/// What stands under a list.
export function moreRows(list, word) {
  const { page } = list;
  const scanned = page?.scanned === undefined ? null
    : html`<p class="faint">${`Looked at ${plural(page.scanned, word)}`}${page.scanned_to ? html`, back to ${when(page.scanned_to)}` : null}.</p>`;
  if (!page?.has_more) return html`<div class="more">${scanned}<span class="faint">That is all.</span></div>`;
  return html`<div class="more">${scanned}${button(list.wantsMore ? "Loading …" : page.scanned === undefined ? "Show more" : "Look further", () => list.more())}</div>`;
}

/// From begin to end; of one that has not ended, until now.
export function runDuration(run) {
  if (!run.started_at) return html`<span class="faint">–</span>`;
  return run.ended_at ? between(run.started_at, run.ended_at) : html`<span class="faint">${duration(now() - Date.parse(run.started_at))} so far</span>`;
}

/// What somebody sees first who has just started the orchestrator.
export function welcome(apps) {
  const origin = location.origin;
  const problems = apps.filter((one) => one.error);
  return empty("Connect your app", html`
    <p>No app has registered. ${session.kind === "dev" ? "Start yours, and it is found:" : "Give it the keys, and have it register:"}</p>
    <pre class="code" tabindex="0">${session.kind === "dev"
      ? `import AppSDK\nimport AppSDKHummingbird\n\nlet app = try App("acme") {\n    Function("hello", on: .event(named: "app/hello")) { context in\n        try await context.step.run("greet") { "Hello!" }\n    }\n}\ntry await app.serve(port: 3000)\n\n# INNGEST_DEV=${origin} swift run`
      : `export INNGEST_SIGNING_KEY=… INNGEST_EVENT_KEY=… INNGEST_BASE_URL=${origin}\n\norchestrator apps sync https://your-app.example/api/inngest`}</pre>
    ${problems.length ? html`<h3>Where it was looked for</h3><ul class="problems">${problems.map((one) => html`
      <li key=${one.url}><code>${one.url}</code><span class="bad-text">${one.error}</span></li>`)}</ul>` : null}
    ${mayChange() && location.pathname !== "/apps" ? html`<p><a class="button" href="/apps">Look at another URL</a></p>` : null}`);
}
