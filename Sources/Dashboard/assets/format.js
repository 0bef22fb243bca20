// Times, spans, counts and text, as people read them.

import { html } from "./html.js";
import { now } from "./api.js";

/// Made when they are needed for the first time, for that takes a while.
const formats = {};
const day = (date, options) => (formats[options.year] ??= new Intl.DateTimeFormat(undefined, { month: "short", day: "numeric", ...options })).format(date);
const digits = (number) => String(number).padStart(2, "0");
const clock = (date) => [date.getHours(), date.getMinutes(), date.getSeconds()].map(digits).join(":");

export const count = (number) => String(number).replace(/\B(?=(\d{3})+$)/g, ",");
export const plural = (number, word, words = `${word}s`) => `${count(number)} ${number === 1 ? word : words}`;

/// `14:03:22`, with the day where it is another one.
export function time(text, reference = now()) {
  const date = new Date(text);
  if (Number.isNaN(date.getTime())) return "";
  const other = new Date(reference);
  if (date.toDateString() === other.toDateString()) return clock(date);
  return `${day(date, date.getFullYear() === other.getFullYear() ? {} : { year: "numeric" })}, ${clock(date)}`;
}

/// A time with how long ago it was; the whole of it in the title.
export const when = (text) => text
  ? html`<time datetime=${text} title=${`${time(text)} · ${text}`}>${ago(text)}</time>`
  : html`<span class="faint">–</span>`;

export function ago(text) {
  const span = now() - Date.parse(text);
  if (Math.abs(span) < 1000) return "now";
  return span < 0 ? `in ${duration(-span)}` : `${duration(span)} ago`;
}

/// Words of the orchestrator with the times in them as people read them.
export const prose = (text) => words(String(text ?? "").replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g, (one) => time(one)));

const units = [["d", 86_400_000], ["h", 3_600_000], ["m", 60_000], ["s", 1000]];

/// `350 ms`, `2.4 s`, `3m 12s`, `2d 4h`: two units at most.
export function duration(milliseconds) {
  const value = Math.max(0, Math.round(milliseconds));
  if (value < 1000) return `${value} ms`;
  if (value < 60_000) return `${(value / 1000).toFixed(value < 10_000 ? 1 : 0).replace(/\.0$/, "")} s`;
  let left = value;
  const parts = [];
  for (const [name, size] of units) {
    const whole = Math.floor(left / size);
    left -= whole * size;
    if (whole > 0) parts.push(`${whole}${name}`);
    else if (parts.length) break;
    if (parts.length === 2) break;
  }
  return parts.join(" ");
}

export const between = (from, to) => duration(Date.parse(to) - Date.parse(from));

export function bytes(size) {
  if (size < 1024) return `${size} B`;
  const [unit, scale] = size < 1 << 20 ? ["KB", 1024] : ["MB", 1 << 20];
  return `${(size / scale).toFixed(size / scale < 10 ? 1 : 0)} ${unit}`;
}

/// Text from elsewhere: control characters are shown by their symbols or codes, and its direction stays its own.
export const words = (text) => html`<bdi>${visible(text)}</bdi>`;

export const visible = (text) =>
  String(text ?? "").replace(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, (character) => {
    const code = character.charCodeAt(0);
    if (code > 0x7f) return `\\u${code.toString(16).padStart(4, 0)}`;
    return String.fromCharCode(code === 0x7f ? 0x2421 : 0x2400 + code);
  });

export const shortID = (id) => (id ? `…${id.slice(-8)}` : "");
