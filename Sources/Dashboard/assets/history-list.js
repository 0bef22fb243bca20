// Everything that happened to a run, entry by entry.

import { html, widget } from "./html.js";
import { time, visible, words } from "./format.js";
import { VirtualRows } from "./virtual-rows.js";

const shownElsewhere = new Set(["number", "at", "kind", "step_id", "label", "attempt"]);

export const historyList = (history) => widget(VirtualRows, {
  label: "History", count: history.length, height: 28, row: (index) => line(history[index]),
}, "history");

function line(entry) {
  const details = Object.entries(entry).filter(([name]) => !shownElsewhere.has(name))
    .map(([name, value]) => `${name} ${typeof value === "object" ? value?.message ?? JSON.stringify(value) : value}`).join(" · ");
  return html`<div role="listitem" class="history-line" key=${entry.number}>
    <span class="faint mono">${entry.number}</span>
    <span class="mono" title=${entry.at}>${time(entry.at)}</span>
    <span class="history-kind ${/failed|errored|lost/.test(entry.kind) || entry.error ? "bad-text" : ""}">${entry.kind}</span>
    <span>${words(entry.label ?? "")}${entry.attempt ? html` <span class="faint">attempt ${entry.attempt + 1}</span>` : null}</span>
    <span class="faint ellipsis" title=${visible(details.slice(0, 500))}>${words(details.slice(0, 300))}</span>
  </div>`;
}
