// A function's configuration in words.

import { html } from "./html.js";
import { plural, when, words } from "./format.js";

export const triggerWords = (trigger) => trigger.cron
  ? html`on the schedule <code>${trigger.cron}</code>${trigger.next ? html`, next ${when(trigger.next)}` : null}`
  : html`on <code>${words(trigger.event)}</code>${trigger.expression ? html` where <code>${trigger.expression}</code>` : null}`;

const perKey = (rule) => (rule.key ? html`, for each <code>${rule.key}</code>` : null);
const scopes = { account: "in the whole account", env: "in the environment", fn: "" };

/// Sentences about a function: `[name, text]`.
export function configWords(item) {
  const flow = item.flow_control;
  const { fn: runLimits = [], step: stepLimits = [] } = Array.isArray(flow.concurrency) ? { step: flow.concurrency } : flow.concurrency ?? {};
  const { throttle, rateLimit, debounce, batchEvents: batch, singleton, priority, idempotency, cancel = [], timeouts = {} } = flow;
  const rules = [
    ["Starts", item.triggers.map((trigger, index) => html`<div key=${index}>${triggerWords(trigger)}</div>`)],
    ["Retries", item.retries === 0 ? "never: a step that fails has failed" : `${plural(item.retries, "time")}, so up to ${item.retries + 1} attempts`],
    ...stepLimits.map((rule) => ["Concurrency", html`at most ${plural(rule.limit, "step")} at once${scopes[rule.scope] ? ` ${scopes[rule.scope]}` : ""}${perKey(rule)}`]),
    ...runLimits.map((rule) => ["Concurrency of runs", html`at most ${plural(rule.limit, "run")} at once${perKey(rule)}`]),
    throttle && ["Throttle", html`at most ${plural(throttle.limit, "run")} start in ${throttle.period}${throttle.burst > 1 ? `, ${throttle.burst} of them at once after a rest` : ""}${perKey(throttle)}; others wait`],
    rateLimit && ["Rate limit", html`at most ${plural(rateLimit.limit, "run")} in ${rateLimit.period}${perKey(rateLimit)}; other events start none`],
    debounce && ["Debounce", html`starts when ${debounce.period} passed without another event${debounce.timeout ? `, after ${debounce.timeout} at the latest` : ""}${perKey(debounce)}`],
    batch && ["Batches", html`of up to ${plural(batch.maxSize, "event")}, or what came in ${batch.timeout}${perKey(batch)}${batch.if ? html`, where <code>${batch.if}</code>` : null}`],
    singleton && ["Singleton", html`one run at a time${perKey(singleton)}: ${singleton.mode === "cancel" ? "a new one cancels the one before" : "events meanwhile start none"}`],
    priority && ["Priority", html`by <code>${priority.run}</code>`],
    idempotency && ["Idempotency", html`one run for each <code>${idempotency}</code> in 24 hours`],
    ...cancel.map((rule) => ["Cancelled", html`on <code>${words(rule.event)}</code>${rule.if ? html` where <code>${rule.if}</code>` : null}${rule.timeout ? `, within ${rule.timeout}` : ""}`]),
    timeouts.start && ["Start by", `within ${timeouts.start} of its event, or it is cancelled`],
    timeouts.finish && ["Finish by", `within ${timeouts.finish} of its start, or it is cancelled`],
  ];
  return rules.filter(Boolean);
}
