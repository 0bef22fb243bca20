// A function's configuration in words.

import { html } from "./html.js";
import { plural, when, words } from "./format.js";

export const triggerWords = (trigger) => trigger.cron
  ? html`on the schedule <code>${trigger.cron}</code>${trigger.next ? html`, next ${when(trigger.next)}` : null}`
  : html`on <code>${words(trigger.event)}</code>${trigger.expression ? html` where <code>${trigger.expression}</code>` : null}`;

const perKey = (rule) => (rule.key ? html`, for each <code>${rule.key}</code>` : null);
const scopes = { account: "in the whole account", env: "in the environment", environment: "in the environment", fn: "" };

/// Sentences about a function: `[name, text]`.
export function configWords(item) {
  const flow = item.flow_control ?? {};
  const list = (value) => (Array.isArray(value) ? value : value ? [value] : []);
  const rules = [
    ["Starts", item.triggers.map((trigger, index) => html`<div key=${index}>${triggerWords(trigger)}</div>`)],
    ["Retries", item.retries === 0 ? "never: a step that fails has failed" : `${plural(item.retries, "time")}, so up to ${item.retries + 1} attempts`],
    ...list(flow.concurrency).filter((rule) => rule.limit > 0).map((rule) => ["Concurrency", html`at most ${rule.limit} steps at once ${scopes[rule.scope] ?? ""}${perKey(rule)}`]),
    ...list(flow.run_concurrency).filter((rule) => rule.limit > 0).map((rule) => ["Concurrency of runs", html`at most ${rule.limit} runs at once${perKey(rule)}`]),
    flow.throttle && ["Throttle", html`at most ${flow.throttle.limit} runs start in ${flow.throttle.period}${flow.throttle.burst ? `, ${flow.throttle.burst} of them at once` : ""}${perKey(flow.throttle)}; others wait`],
    flow.rate_limit && ["Rate limit", html`at most ${flow.rate_limit.limit} runs in ${flow.rate_limit.period}${perKey(flow.rate_limit)}; other events start none`],
    flow.debounce && ["Debounce", html`starts when ${flow.debounce.period} passed without another event${flow.debounce.timeout ? `, after ${flow.debounce.timeout} at the latest` : ""}${perKey(flow.debounce)}`],
    flow.batch && ["Batches", html`of up to ${flow.batch.max_size ?? flow.batch.maxSize} events, or what came in ${flow.batch.timeout}${perKey(flow.batch)}`],
    flow.singleton && ["Singleton", html`one run at a time${perKey(flow.singleton)}: ${flow.singleton.mode === "cancel" ? "a new one cancels the one before" : "events meanwhile start none"}`],
    flow.priority && ["Priority", html`by <code>${typeof flow.priority === "object" ? flow.priority.run : flow.priority}</code>`],
    flow.idempotency && ["Idempotency", html`one run for each <code>${flow.idempotency}</code> in 24 hours`],
    ...list(flow.cancellation ?? flow.cancel).map((rule) => ["Cancelled", html`on <code>${words(rule.event)}</code>${rule.if ?? rule.condition ? html` where <code>${rule.if ?? rule.condition}</code>` : null}${rule.timeout ? `, within ${rule.timeout}` : ""}`]),
    flow.timeouts?.start && ["Start by", `within ${flow.timeouts.start} of its event, or it is cancelled`],
    flow.timeouts?.finish && ["Finish by", `within ${flow.timeouts.finish} of its start, or it is cancelled`],
  ];
  return rules.filter(Boolean);
}
