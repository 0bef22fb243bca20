// What changes, as it changes: one stream of server-sent events for the page that is open.

import { answeredAt, holdNow, loadSession, path, setNow } from "./api.js";

/// After this long out of sight the stream is closed.
const patience = 20_000;
/// A connection that is made again sooner is not worth a word; nor one that others answer beside.
const lostAfter = 5000;

/// A page reads, and again when its stream has begun, so that nothing that changed in between is lost. `reset` tells it to.
export class Live {
  constructor(onMessage, onState) {
    this.onMessage = onMessage;
    this.onState = onState;
    this.state = "off";
    document.addEventListener("visibilitychange", () => this.visibilityChanged());
  }

  /// - run: messages about this run alone.
  open(run) {
    this.close();
    this.run = run;
    this.last = null;
    this.hasBegun = false;
    this.set("connecting");
    const begin = () => this.opening === begin && this.connect();
    this.opening = begin;
    // What is read again with it must not hold up drawing what was read first.
    this.timer = setTimeout(begin, 500);
    Promise.resolve(this.onMessage("reset", {})).finally(() => requestAnimationFrame(() => setTimeout(begin)));
  }

  close() {
    clearTimeout(this.timer);
    this.source?.close();
    this.source = this.opening = null;
    this.isAsleep = false;
    this.set("off");
  }

  connect() {
    this.opening = null;
    const source = new EventSource(path("/v1/live", { run: this.run, last_event_id: this.last }));
    this.source = source;
    this.set(this.last ? "reconnecting" : "connecting");
    for (const name of ["hello", "change", "run", "reset"]) source.addEventListener(name, (event) => source === this.source && this.receive(name, event));
    source.onerror = () => {
      if (source !== this.source) return;
      this.set("reconnecting");
      // The browser tries again, unless the answer was no stream.
      if (source.readyState === EventSource.CLOSED) {
        this.source = null;
        // It may be no stream because the session has ended.
        loadSession().catch(() => {});
        this.timer = setTimeout(() => this.state === "reconnecting" && !this.source && this.connect(), 3000);
      }
    };
  }

  receive(name, event) {
    this.set("live");
    this.last = event.lastEventId;
    const data = JSON.parse(event.data);
    if (data.now) setNow(data.now);
    this.onMessage(this.hasBegun ? name : "reset", data);
    this.hasBegun = true;
  }

  visibilityChanged() {
    clearTimeout(this.timer);
    if (document.hidden) {
      this.timer = setTimeout(() => {
        if (!this.source) return;
        this.source.close();
        this.source = null;
        this.isAsleep = true;
      }, patience);
    } else if (this.isAsleep || (this.state === "reconnecting" && !this.source)) {
      this.isAsleep = false;
      this.connect();
    }
  }

  get isLost() {
    return this.state === "reconnecting" && Date.now() - Math.max(this.since, answeredAt) > lostAfter;
  }

  set(state) {
    if (this.state === state) return;
    this.state = state;
    this.since = Date.now();
    holdNow(state === "reconnecting");
    this.onState(state);
  }
}
