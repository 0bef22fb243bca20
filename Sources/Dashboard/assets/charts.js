// Small charts: bars over time, and lines.

import { html } from "./html.js";
import { count, duration, time } from "./format.js";

/// Bars that stand on each other. - series: `[{name, kind, values}]`, all of the same length; `at(index)`: a time.
export function stackedBars({ label, series, at, height = 90, format = count }) {
  const length = series[0]?.values.length ?? 0;
  const totals = Array.from({ length }, (_, index) => series.reduce((sum, one) => sum + one.values[index], 0));
  const top = Math.max(1, ...totals);
  const width = 100 / Math.max(1, length);
  return html`<figure class="chart">
    <figcaption>${label}<span class="grow"></span><span class="faint">${totals.some(Boolean) ? `at most ${format(top)}` : "nothing"}</span></figcaption>
    <svg viewBox=${`0 0 100 ${height}`} preserveAspectRatio="none" role="img" aria-label=${`${label}: ${series.map((one) => `${one.name} ${format(one.values.reduce((a, b) => a + b, 0))}`).join(", ")}`}
      style=${{ height: `${height}px` }}><g>
      ${totals.map((total, index) => {
        let below = 0;
        return series.map((one) => {
          const part = (one.values[index] / top) * (height - 4);
          if (!part) return null;
          const shown = Math.max(part, 1.5);
          below += shown;
          return html`<rect key=${`${index}${one.kind}`} class="fill-${one.kind}" x=${(index * width + width * 0.1).toFixed(3)} width=${(width * 0.8).toFixed(3)} y=${(height - below).toFixed(2)} height=${shown.toFixed(2)}><title>${`${time(at(index))}: ${format(one.values[index])} ${one.name}`}</title></rect>`;
        });
      })}</g></svg>
    ${chartFoot(at, length, series)}
  </figure>`;
}

/// Lines over time; gaps where a value is null.
export function lines({ label, series, at, height = 90, format = duration }) {
  const values = series.flatMap((one) => one.values).filter((value) => value != null);
  const top = Math.max(1, ...values);
  const length = series[0]?.values.length ?? 0;
  const x = (index) => ((index + 0.5) * 100) / Math.max(1, length);
  const y = (value) => height - 3 - (value / top) * (height - 8);
  return html`<figure class="chart">
    <figcaption>${label}<span class="grow"></span><span class="faint">${values.length ? `at most ${format(top)}` : "nothing"}</span></figcaption>
    <svg viewBox=${`0 0 100 ${height}`} preserveAspectRatio="none" role="img" aria-label=${`${label}, at most ${values.length ? format(top) : "nothing"}`} style=${{ height: `${height}px` }}><g>
      ${series.map((one) => html`<path key=${one.kind} class="line line-${one.kind}" d=${path(one.values, x, y)}/>`)}
      ${series.map((one) => one.values.map((value, index) => (value == null ? null : html`
        <rect key=${`${one.kind}${index}`} class="line-target" x=${(index * 100) / length} width=${100 / length} y="0" height=${height}><title>${`${time(at(index))}: ${series.map((other) => `${other.name} ${other.values[index] == null ? "–" : format(other.values[index])}`).join(", ")}`}</title></rect>`)))}
    </g></svg>
    ${chartFoot(at, length, series)}
  </figure>`;
}

const chartFoot = (at, length, series) => html`<div class="chart-foot faint"><span>${time(at(0))}</span><span>${time(at(length))}</span></div>
  ${series.length > 1 ? html`<div class="legend">${series.map((one) => html`<span key=${one.kind}><i class="swatch fill-${one.kind}"></i>${one.name}</span>`)}</div>` : null}`;

/// A lone value between gaps is a short line, or it would not be seen.
function path(values, x, y) {
  let text = "";
  let isOpen = false;
  values.forEach((value, index) => {
    if (value == null) return (isOpen = false);
    text += `${isOpen ? "L" : "M"}${x(index).toFixed(2)} ${y(value).toFixed(2)}`;
    if (!isOpen && values[index + 1] == null) text += `h1.2`;
    isOpen = true;
  });
  return text;
}

/// A row of small bars without words.
export function sparkBars(values, kind = "failed") {
  const top = Math.max(1, ...values);
  const width = 100 / values.length;
  return html`<svg class="spark" viewBox="0 0 100 24" preserveAspectRatio="none" aria-hidden="true"><g>
    ${values.map((value, index) => html`<rect key=${index} class=${value ? `fill-${kind}` : "fill-none"} x=${(index * width + width * 0.12).toFixed(2)} width=${(width * 0.76).toFixed(2)} y=${(24 - (value ? Math.max(2, (value / top) * 24) : 1)).toFixed(2)} height=${(value ? Math.max(2, (value / top) * 24) : 1).toFixed(2)}></rect>`)}</g></svg>`;
}
