// The clock of `dev`: what time it is, what comes next, and letting time pass.

import { html } from "./html.js";
import { get, mayChange, now, post, setNow } from "./api.js";
import { duration, plural, time, visible, when, words } from "./format.js";
import { button, failed, notice, placeholder } from "./parts.js";
import { Page } from "./page.js";

const leaps = ["1m", "1h", "1d", "3d", "7d"];

export default class ClockPage extends Page {
  title = "Clock";
  span = "";

  async read(signal) {
    const [clock, timers] = await Promise.all([get("/v1/clock", signal), get("/v1/timers?limit=25", signal)]);
    this.take(clock.data);
    this.timers = timers.data;
    if (this.clock.moving && !this.isMoving) this.reading.soon(1000);
  }

  take(clock) {
    this.clock = clock;
    setNow(clock.now, clock.paused);
  }

  onLive(name) {
    if (name === "reset") this.reading.again();
    else if (name === "change") this.reading.soon(300, 1000);
  }

  async change(body) {
    this.wasPaused = this.clock.paused;
    this.isMoving = true;
    this.problem = null;
    this.app.redraw();
    // What it waits for on the way.
    const looking = setInterval(() => this.reading.again(), 1000);
    try {
      const { data } = await post("/v1/clock", body);
      this.take(data);
      if (data.fired !== undefined) this.app.say(data.fired ? `On the way, something was due ${plural(data.fired, "time")}.` : "Nothing was due on the way.");
    } catch (error) {
      this.problem = error;
    }
    clearInterval(looking);
    this.isMoving = false;
    await this.reading.again();
  }

  /// The clock on its way, whoever sent it.
  journey() {
    const waited = this.clock.moving?.waits_for ?? [];
    if (!this.isMoving && !this.clock.moving) return null;
    return html`<p role="status" class="actions"><span class="faint">time passes …</span>
      ${waited.length ? html`<span>${`it waits for ${plural(waited.length, "run")} with an open call: `}${waited.slice(0, 5).map((id) => html`<a key=${id} class="mono" href=${`/runs/${id}`}>…${id.slice(-8)} </a>`)}</span>
        ${mayChange() ? button("Give up", () => this.app.attempt(() => post("/v1/clock", { [this.wasPaused ? "pause" : "run"]: true })), { kind: "small" }) : null}` : null}</p>`;
  }

  view() {
    const { clock } = this;
    if (!clock) return html`${this.head()}${this.error ? notice("bad", this.error.status === 404 ? "Only `orchestrator dev` has a clock that can be moved." : this.error.message) : placeholder(3)}`;
    const isMoving = this.isMoving || Boolean(clock.moving);
    const shown = isMoving ? Date.parse(clock.now) : now();
    const move = (label, body, options = {}) => button(label, () => this.change(body), { ...options, disabled: options.disabled || isMoving });
    const date = new Date(shown);
    return html`${this.head()}
      <div class="clock-face"><time class="clock-time" datetime=${date.toISOString()}>${time(date.toISOString(), shown)}</time>
        <span class="faint">${date.toLocaleDateString(undefined, { weekday: "long", year: "numeric", month: "long", day: "numeric" })}</span>
        <span>${isMoving ? html`<span class="tag">moving</span>` : clock.paused ? html`<span class="tag warn">paused</span>` : html`<span class="tag">running</span>`}
          ${Math.abs(clock.offset_ms) > 1000 ? html` <span class="faint">${duration(Math.abs(clock.offset_ms))} ${clock.offset_ms < 0 ? "behind" : "ahead of"} this machine</span>` : html` <span class="faint">as this machine's clock</span>`}</span></div>
      ${mayChange() ? html`<div class="clock-tools" role="group" aria-label="Move the clock">
        ${leaps.map((span) => html`<span key=${span}>${move(`+${span}`, { advance: span }, { title: `Let ${span} pass` })}</span>`)}
        <form class="inline-form" onsubmit=${() => { this.change({ advance: this.span.trim() }); }}>
          <input class="input" aria-label="Time to let pass" placeholder="2d6h" size="7" value=${this.span} oninput=${(event) => { this.span = event.target.value; this.app.redraw(); }}>
          <button type="submit" class="button" disabled=${!this.span.trim() || isMoving}>Advance</button></form>
        ${move("To the next timer", { to_next_timer: true }, { kind: "primary", disabled: !clock.next_timer })}
        ${clock.paused ? move("Let it run", { run: true }) : move("Pause", { pause: true })}</div>` : null}
      ${this.journey()}
      ${failed(this.problem)}
      <section><h2>Next timers</h2>${this.list()}</section>`;
  }

  list() {
    if (!this.timers) return placeholder(3);
    if (!this.timers.length) return html`<p class="faint">Nothing sleeps, waits, is retried or scheduled.</p>`;
    const names = { sleep: "wakes up", wait: "gives up waiting", retry: "is tried again", start: "begins", cron: "starts on schedule" };
    return html`<div class="list timers" role="table" aria-label="Next timers">${this.timers.map((timer, index) => html`
      <div class="row" role="row" data-row key=${`${timer.run_id ?? timer.function}${timer.step_id ?? ""}${index}`}>
        <span role="cell" class="cell-time" title=${timer.due_at}>${time(timer.due_at)}</span>
        <span role="cell" class="cell-number faint">${when(timer.due_at)}</span>
        <span role="cell" class="cell-main">${timer.run_id ? html`<a class="cover" href=${`/runs/${timer.run_id}`}>${words(timer.label)}</a>` : html`<a class="cover" href=${`/functions/${encodeURIComponent(timer.function ?? "")}`}>${words(timer.label)}</a>`}
          <span class="faint">${names[timer.kind] ?? visible(timer.kind)}</span></span>
        <span role="cell" class="faint">${words(timer.function ?? "")}</span></div>`)}</div>`;
  }
}
