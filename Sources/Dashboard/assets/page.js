// What pages have in common: they listen while they are open, and read what they show again as it changes.

import { html } from "./html.js";
import { Reading } from "./reading.js";

export class Page {
  /// - id: what the path names.
  constructor(app, id) {
    this.app = app;
    this.id = id;
    this.reading = new Reading((signal) => this.load(signal));
  }

  start() {
    this.app.live.open();
  }

  stop() {
    this.reading.stop();
  }

  /// `read(signal)` is the page's own; where that fails, the page shows `error`.
  async load(signal) {
    try {
      await this.read(signal);
      this.error = null;
    } catch (error) {
      if (error.name === "AbortError") return;
      this.error = error;
      this.reading.soon(3000);
    }
    this.app.redraw();
  }

  head(more) {
    return html`<header class="page-head"><h1>${this.title}</h1>${more}</header>`;
  }

  onLive(name) {
    if (name === "reset") this.reading.again();
  }
}
