// What changes, as it changes: one stream of server-sent events for the page that is open.

import { path, setNow } from "./api.js";

/// After this long out of sight the stream is closed; what was missed is caught up with on return.
const patience = 20_000;
/// A page does not wait longer than this for the stream until it reads.
const patienceToRead = 1000;

/// A page subscribes first and reads then, so that nothing that changes in between is lost: it gets `reset`, which
/// says that all is to be read, when the stream has begun, and where that fails or takes long.
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
    this.isRead = false;
    this.connect();
    this.readTimer = setTimeout(() => this.read(), patienceToRead);
  }

  close() {
    clearTimeout(this.timer);
    clearTimeout(this.readTimer);
    this.source?.close();
    this.source = null;
    this.isAsleep = false;
    this.set("off");
  }

  /// Has the page read although the stream has not begun; where it does so later, the page reads again.
  read() {
    clearTimeout(this.readTimer);
    if (this.isRead) return;
    this.isRead = true;
    this.onMessage("reset", {});
  }

  connect() {
    const source = new EventSource(path("/v1/live", { run: this.run, last_event_id: this.last }));
    this.source = source;
    this.set(this.last ? "reconnecting" : "connecting");
    for (const name of ["hello", "change", "run", "reset"]) source.addEventListener(name, (event) => source === this.source && this.receive(name, event));
    source.onerror = () => {
      if (source !== this.source) return;
      this.set("reconnecting");
      // The browser tries again by itself, unless the answer was no stream.
      if (source.readyState === EventSource.CLOSED) {
        this.source = null;
        this.timer = setTimeout(() => this.state === "reconnecting" && !this.source && this.connect(), 3000);
      }
      this.read();
    };
  }

  receive(name, event) {
    this.set("live");
    this.last = event.lastEventId;
    const data = JSON.parse(event.data);
    if (data.now) setNow(data.now);
    if (!this.hasBegun) {
      this.hasBegun = true;
      this.isRead = false;
      return this.read();
    }
    this.onMessage(name, data);
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

  set(state) {
    if (this.state === state) return;
    this.state = state;
    this.onState(state);
  }
}
