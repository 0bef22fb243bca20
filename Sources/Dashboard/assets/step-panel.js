// What is known of one step of a run.

import { html } from "./html.js";
import { get, mayChange } from "./api.js";
import { between, duration, time, visible, when, words } from "./format.js";
import { button, code, copyButton, icon, status } from "./parts.js";
import { jsonTree } from "./json-tree.js";
import { summary } from "./waterfall.js";

const kinds = { run: "Step", sleep: "Sleep", wait: "Wait for an event", invoke: "Invoke", function: "Function code", signal: "Wait for a signal" };

export function stepPanel(page, row) {
  return html`<aside class="panel" aria-label=${`Step ${visible(row.label)}`}>
    <header><h3>${words(row.label)}</h3><span class="grow"></span>
      ${button(icon("close"), () => page.select(row.key), { kind: "quiet small", title: "Close" })}</header>
    <div class="panel-line">${status(row.status)}<span class="faint">${kinds[row.kind] ?? row.kind} · ${row.isKept ? "taken over from the run that this one repeats" : summary(row)}</span></div>
    ${target(row)}
    ${row.key && mayChange() ? html`<div class="actions">
      ${row.kind === "run" ? button(html`${icon("rerun")}<span>Rerun from here</span>`, () => page.rerunFrom(row), { kind: row.status === "Failed" ? "primary" : "" }) : null}
      ${row.blocker ? page.skipButton(row.blocker) : null}</div>` : null}
    ${attempts(row)}
    ${row.input !== undefined ? html`<h4>Input</h4>${jsonTree(row.input, "input", "input")}` : row.largeInput ? html`<h4>Input</h4>${page.large(`input ${row.key}`, row.largeInput, "input", () => page.readInput(row))}` : null}
    ${value(page, row)}
    ${row.key ? html`<p class="faint mono small-text">${row.key} ${copyButton(row.key, "Copy the step's id")}</p>` : null}
  </aside>`;
}

function target(row) {
  const { target: wanted, end } = row;
  if (!wanted) return null;
  return html`<dl class="facts narrow">
    ${wanted.event ? html`<div><dt>Event</dt><dd>${words(wanted.event)}</dd></div>` : null}
    ${wanted.if ? html`<div><dt>Where</dt><dd><code>${wanted.if}</code></dd></div>` : null}
    ${wanted.indexed === false ? html`<div><dt>Index</dt><dd>none: the condition is evaluated for every such event</dd></div>` : null}
    ${wanted.signal ? html`<div><dt>Signal</dt><dd>${words(wanted.signal)}</dd></div>` : null}
    ${wanted.function ? html`<div><dt>Function</dt><dd>${words(wanted.function)}</dd></div>` : null}
    ${wanted.run_id ? html`<div><dt>Run</dt><dd><a class="mono" href=${`/runs/${wanted.run_id}`}>${wanted.run_id}</a></dd></div>` : null}
    ${wanted.until ? html`<div><dt>Until</dt><dd title=${wanted.until}>${time(wanted.until)} <span class="faint">(${when(wanted.until)})</span></dd></div>` : null}
    ${end?.event_id ? html`<div><dt>Ended by</dt><dd><a class="mono" href=${`/events/${end.event_id}`}>${end.event_id}</a></dd></div>` : null}
    ${end?.kind?.endsWith("timed_out") ? html`<div><dt>Ended by</dt><dd>its time limit</dd></div>` : null}
  </dl>`;
}

function attempts(row) {
  if (!row.attempts.length) return null;
  const failed = row.attempts.filter((one) => one.error);
  const shown = row.attempts.length > 30 ? row.attempts.slice(-30) : row.attempts;
  return html`<h4>${row.attempts.length === 1 && !failed.length ? "Call" : "Attempts"}</h4>
    <ol class="attempts">${shown.map((one, index) => html`<li key=${index}>
      <div><strong>${one.number + 1}</strong>
        ${one.lost ? html`<span>the orchestrator ended during this call; it was made again</span>` : html`
          <span>${one.error ? "failed" : "ran"} ${duration(one.at - one.started)}</span>
          ${one.due != null && one.started - one.due > 0 ? html`<span class="faint">after ${duration(one.started - one.due)} in the queue</span>` : null}
          <span class="faint" title=${new Date(one.started).toISOString()}>${time(new Date(one.started).toISOString())}</span>`}
        ${one.status && one.status >= 300 ? html`<span class="faint">HTTP ${one.status}</span>` : null}</div>
      ${one.error ? errorBlock(one.error) : null}
      ${one.retryAt ? html`<div class="faint">tried again ${when(one.retryAt)}, after ${between(new Date(one.at).toISOString(), one.retryAt)}</div>` : null}
    </li>`)}</ol>`;
}

function errorBlock(error) {
  const { name, message, stack, cause } = typeof error === "object" && error ? error : { message: String(error) };
  return html`<div class="error"><strong>${words(name ?? "Error")}</strong> <span class="error-message">${words(message ?? JSON.stringify(error))}</span>
    ${stack ? html`<details><summary>Stack trace</summary>${code(stack)}</details>` : null}
    ${cause ? html`<details><summary>Cause</summary>${jsonTree(cause, "cause", "cause")}</details>` : null}</div>`;
}

function value(page, row) {
  const { step } = row;
  if (!step) return null;
  const key = `step ${row.key}`;
  if (step.value_size) return html`<h4>Output</h4>${page.large(key, step, "value", async () => (await get(`/v1/runs/${page.id}/steps/${row.key}`)).data.value)}`;
  const isWrapped = step.value && typeof step.value === "object" && ("data" in step.value || "error" in step.value) && row.kind !== "wait";
  const shown = isWrapped ? step.value.data ?? step.value.error : step.value;
  return html`<h4>${step.value?.error && isWrapped ? "Error" : "Output"}</h4>${jsonTree(shown ?? null, key, "output")}`;
}
