// Reads for a page, one at a time and in order: an answer never replaces a newer one.

/// Reads something again and again, as it changes.
export class Reading {
  /// - work: reads and shows; gets the signal that it is given up.
  constructor(work) {
    this.work = work;
  }

  /// Gives up what is under way, for it is not wanted any more, and begins anew.
  anew() {
    this.controller?.abort();
    this.controller = null;
    return this.again();
  }

  /// Reads once more: after what is under way, for that may have been read before the change.
  async again() {
    clearTimeout(this.timer);
    this.timer = this.since = null;
    if (this.isStopped) return;
    if (this.controller) return (this.isStale = true);
    const controller = (this.controller = new AbortController());
    this.isStale = false;
    await this.work(controller.signal);
    if (this.controller !== controller) return;
    this.controller = null;
    if (this.isStale) this.again();
  }

  get isUnderWay() {
    return Boolean(this.controller);
  }

  /// Reads once more after a pause in the changes, and after `most` milliseconds where there is none.
  soon(pause, most = pause) {
    this.since ??= Date.now();
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.again(), Math.max(0, Math.min(pause, this.since + most - Date.now())));
  }

  stop() {
    this.isStopped = true;
    clearTimeout(this.timer);
    this.controller?.abort();
  }
}
