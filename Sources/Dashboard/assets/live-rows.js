// Rows with the newest first: read page by page, and changed while they are shown.

import { Reading } from "./reading.js";

const pageSize = 50;
/// What the API gives at once.
const maximumPage = 1000;
/// New rows that are counted.
const maximumWaiting = 1000;

export class LiveRows {
  /// - id: of a row; ids rise with time.
  /// - read: gets `{limit, cursor}` and a signal, and gives the API's answer.
  /// - verdict: what becomes of a changed row: `show`, `hide`, `wait` (it is counted as new) or `ignore`.
  /// - isHeld: whether rows must not move, for somebody points at one or reads.
  constructor({ id, read, verdict, isHeld, onChange }) {
    Object.assign(this, { id, read, verdict, isHeld, onChange });
    this.reading = new Reading((signal) => this.work(signal));
    this.forget();
  }

  /// What brings as many rows back to who comes back.
  get kept() {
    return { wanted: this.wanted };
  }

  forget() {
    this.rows = null;
    this.page = null;
    this.error = null;
    this.wanted = history.state?.wanted ?? pageSize;
    this.waiting = new Set();
    this.missed = [];
    this.wantsMore = false;
  }

  /// Shows other rows.
  reload() {
    this.forget();
    this.onChange();
    return this.reading.anew();
  }

  /// Reads again what is shown, without taking it away meanwhile.
  refresh() {
    this.wantsAll = true;
    return this.reading.again();
  }

  refreshSoon(pause, most) {
    this.wantsAll = true;
    this.reading.soon(pause, most);
  }

  more() {
    this.wantsMore = true;
    this.onChange();
    return this.reading.again();
  }

  stop() {
    this.reading.stop();
  }

  async work(signal) {
    try {
      if (this.wantsAll || !this.rows) await this.readAll(signal);
      if (this.wantsMore && this.page?.has_more) await this.readMore(signal);
      this.error = null;
    } catch (error) {
      if (error.name === "AbortError") return;
      this.error = error;
      if (error.status !== 400) this.reading.soon(3000);
    }
    this.wantsMore = false;
    // These may be newer than what was read.
    if (this.rows) for (const row of this.missed.splice(0)) this.take(row);
    this.onChange();
  }

  async readAll(signal) {
    this.wantsAll = false;
    const { data, page } = await this.read({ limit: Math.min(this.wanted, maximumPage) }, signal);
    const isHeld = this.rows?.length && this.isHeld();
    if (isHeld) {
      const known = new Set(data.map(this.id));
      this.rows = this.rows.filter((row) => known.has(this.id(row)) || (page.has_more && this.id(row) < page.cursor));
      this.waiting.clear();
      return data.forEach((row) => this.take(row));
    }
    // A search looks at one part at a time: what it has found further down stays.
    const isFurther = page.scanned !== undefined && page.has_more && this.page && !(this.page.cursor >= page.cursor);
    this.rows = isFurther ? [...data, ...this.rows.filter((row) => this.id(row) < page.cursor)] : data;
    if (!isFurther) this.page = page;
    this.wanted = Math.max(pageSize, this.rows.length);
    this.waiting.clear();
  }

  async readMore(signal) {
    const { data, page } = await this.read({ limit: pageSize, cursor: this.page.cursor }, signal);
    const known = new Set(this.rows.map(this.id));
    this.rows = [...this.rows, ...data.filter((row) => !known.has(this.id(row)))];
    this.page = page;
    this.wanted = Math.max(pageSize, this.rows.length);
  }

  /// Takes rows that have changed. What changes while something is read waits until that has come.
  change(rows) {
    if (this.reading.isUnderWay || !this.rows) this.missed.push(...rows);
    else for (const row of rows) this.take(row);
    // The newest are what counts; the rest is read again.
    if (this.missed.length > maximumPage) {
      this.missed = [];
      this.refresh();
    }
    this.onChange();
  }

  take(row) {
    const id = this.id(row);
    const at = this.rows.findIndex((known) => this.id(known) === id);
    const verdict = this.verdict(row, at >= 0);
    if (at >= 0) {
      if (verdict === "hide") this.rows.splice(at, 1);
      else if (verdict === "show") this.rows[at] = row;
      return;
    }
    if (verdict !== "show" && verdict !== "wait") return;
    const place = this.rows.findIndex((known) => this.id(known) < id);
    if (place < 0 && this.page?.has_more) return;
    if (verdict === "show" && !this.isHeld()) this.insert(row, place < 0 ? this.rows.length : place);
    else if (this.waiting.size < maximumWaiting) this.waiting.add(id);
  }

  /// As many rows stay as somebody wanted to see.
  insert(row, place) {
    this.rows.splice(place, 0, row);
    if (this.rows.length <= this.wanted) return;
    this.rows.length = this.wanted;
    this.page = { ...this.page, cursor: this.id(this.rows.at(-1)), has_more: true };
  }
}
