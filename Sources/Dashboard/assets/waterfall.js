// The waterfall of a run: a row for each step, with queueing, waiting and running to scale.

import { html, widget } from "./html.js";
import { count, duration, plural, time, visible, words } from "./format.js";
import { icon } from "./parts.js";
import { VirtualRows } from "./virtual-rows.js";

const rowHeight = 34;
const partNames = { queue: "in the queue", run: "running", failed: "failed attempt", backoff: "until the next attempt",
  wait: "not due yet", sleep: "asleep", invoke: "waiting for the run that it started", signal: "waiting" };

/// - props: `model` and `scale` of timeline.js, the `rows` to show, `selected` key, `onselect(key)`.
export function waterfall({ rows, model, scale, selected, onselect }) {
  const number = rows.filter((item) => item.key).length;
  const all = rows.length < model.rows.length ? `${count(number)} of ` : "";
  return html`<div class="waterfall">
    <div class="axis" aria-hidden="true"><span class="axis-name ellipsis">${all}${plural(model.rows.filter((item) => item.key).length, "step")} · ${duration(scale.end - scale.start)}</span><div class="axis-scale">${ticks(scale).map(({ at, label }, index) => html`
      <span class="tick ${at > 0.94 ? "last" : ""}" key=${index} style=${{ left: percent(at) }}>${label}</span>`)}
      ${scale.breaks.map((gap) => html`<span class="gap" key=${`gap${gap.at}`} style=${{ left: percent(gap.at), width: percent(gap.width) }}><span>${duration(gap.span)}</span></span>`)}</div></div>
    ${widget(VirtualRows, { label: "Steps", count: rows.length, height: rowHeight, shown: rows.findIndex((item) => item.key === selected), row: (index) => row(rows, index, scale, selected, onselect) }, "rows")}
  </div>`;
}

const percent = (part) => `${(part * 100).toFixed(3)}%`;

function row(rows, index, scale, selected, onselect) {
  const item = rows[index];
  const last = item.segments.at(-1);
  const label = `${visible(item.label)}: ${item.status}${isRetried(item) ? `, ${item.attempts.length} attempts` : ""}${last ? `, ${summary(item)}` : ""}`;
  const branch = item.branch == null ? "" : place(rows, index);
  return html`<div role="listitem" class="bar-row" key=${item.key || "function"}>
    <button type="button" class="bar-button ${selected === item.key ? "selected" : ""}" data-row aria-label=${label} aria-pressed=${selected === item.key ? "true" : "false"}
      onclick=${() => onselect(item.key)}>
      <span class="bar-name ${item.key === "" ? "is-function" : ""}">
        <span class="branch ${branch}" title=${branch ? "side by side with the steps beside it" : null}></span>
        <span class="bar-icon status-${item.status.toLowerCase()}">${icon(item.status)}</span>
        <span class="bar-label">${words(item.label)}</span>
        ${isRetried(item) ? html`<span class="bar-attempts" title="attempts">×${item.attempts.length}</span>` : null}
      </span>
      <span class="bar-track">
        ${scale.breaks.map((gap) => html`<span class="gap" key=${`gap${gap.at}`} style=${{ left: percent(gap.at), width: percent(gap.width) }}></span>`)}
        ${item.segments.map((segment, number) => bar(segment, number, scale))}
        ${item.isKept ? html`<span class="bar-time" style=${{ left: "0" }}>taken over</span>` : null}
        ${last ? html`<span class="bar-time" style=${{ left: percent(scale.position(last.to)) }}>${summary(item)}</span>` : null}
      </span>
    </button>
  </div>`;
}

const isRetried = (item) => item.attempts.length > 1 && item.attempts.some((one) => one.number || one.lost);

/// Which part of the bracket around parallel steps a row has.
function place(rows, index) {
  const { branch } = rows[index];
  const above = rows[index - 1]?.branch === branch;
  const below = rows[index + 1]?.branch === branch;
  return above && below ? "middle" : below ? "first" : above ? "last" : "only";
}

function bar(segment, number, scale) {
  const from = scale.position(segment.from);
  const width = scale.position(segment.to) - from;
  return html`<span class="bar bar-${segment.part} ${segment.open ? "open" : ""} ${segment.failed ? "ended-badly" : ""}" key=${number}
    style=${{ left: percent(from), width: percent(width) }}
    title=${`${partNames[segment.part] ?? segment.part}, ${duration(segment.to - segment.from)}: ${time(new Date(segment.from).toISOString())} – ${time(new Date(segment.to).toISOString())}`}></span>`;
}

/// How long a row ran, or waited where it does not run, or not yet again.
export function summary(item) {
  const sum = (...parts) => item.segments.filter((one) => parts.includes(one.part)).reduce((all, one) => all + one.to - one.from, 0);
  if (["sleep", "wait", "invoke", "signal"].includes(item.kind)) return duration(sum(item.kind));
  const last = item.segments.at(-1);
  if (!last) return "was not run";
  const idle = { queue: "queued", wait: "waited", backoff: "waited" }[last.part];
  return idle ? `${idle} ${duration(last.to - last.from)}` : duration(sum("run", "failed"));
}

const steps = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 15_000, 30_000, 60_000, 120_000, 300_000, 600_000,
  1_800_000, 3_600_000, 7_200_000, 21_600_000, 43_200_000, 86_400_000, 172_800_000, 432_000_000, 864_000_000, 2_592_000_000, 7_776_000_000];

function ticks(scale) {
  const total = scale.end - scale.start;
  if (scale.breaks.length) return [{ at: 0, label: "0" }];
  const size = steps.find((step) => total / step <= 6) ?? total;
  const marks = [];
  for (let offset = 0; offset <= total; offset += size) marks.push({ at: offset / total, label: offset === 0 ? "0" : duration(offset) });
  return marks;
}

export const legend = () => html`<div class="legend" aria-hidden="true">${["queue", "run", "failed", "backoff", "sleep", "wait"].map((part) => html`
  <span key=${part}><i class="bar bar-${part}"></i>${{ queue: "queued", run: "ran", failed: "failed", backoff: "backoff", sleep: "asleep", wait: "waited" }[part]}</span>`)}</div>`;
