// A run as a test for AppTesting: the same start, the same answers from outside, the same time passing,
// to the same end. What a test can't bring about is said in a line of comment.

/// How long a failed attempt of a function waits at most, in seconds, by its number; a test lets chance add to it.
const retryDelays = [15, 30, 60, 120, 300, 600, 1200, 2400, 3600, 7200];
const chance = 30;

const second = 1000;
const minute = 60_000;

export function testCode(read) {
  const timeline = { ...read, steps: inOrder(read) };
  const { run } = timeline;
  const name = functionID(run);
  const story = [...start(timeline, name), ...passage(timeline, name)];
  const needsDate = run.cron !== undefined;
  return [
    "import AppSDK", "import AppTesting", ...(needsDate ? ["import Foundation"] : []), "import Testing", "",
    `@Test func ${camel(name)}Run() async throws {`,
    ...[`let orchestrator = try TestOrchestrator(app${needsDate ? `, startingAt: Date(timeIntervalSince1970: ${tick(timeline) / second - 1})` : ""})`,
      ...stubs(timeline), ...story, "", ...expectations(timeline, name)].map((line) => (line ? `    ${line}` : "")),
    "}", "",
  ].join("\n");
}

/// Whether steps were planned together: these end in any order.
function isParallel({ history }) {
  const planned = history.filter((entry) => entry.kind === "step.planned").map((entry) => entry.at);
  return new Set(planned).size < planned.length;
}

/// As they ended, or, where that was chance, as they began.
function inOrder({ steps, history }) {
  if (!isParallel({ history })) return steps;
  const first = (step) => history.findIndex((entry) => entry.step_id === step.id);
  return [...steps].sort((a, b) => first(a) - first(b));
}

// MARK: Swift

const swiftString = (text) => `"${String(text).replace(/[\\"]/g, "\\$&").replace(/\n/g, "\\n").replace(/\r/g, "\\r").replace(/\t/g, "\\t")
  .replace(/[\u0000-\u001f\u007f]/g, (one) => `\\u{${one.charCodeAt(0).toString(16)}}`)}"`;

/// One line, whatever the text: it must not get out of the comment.
const comment = (text) => `// ${text.replace(/[\u0000-\u001f\u007f\u0085\u2028\u2029]+/g, " ").slice(0, 105)}`;

const functionID = (run) => (run.app && run.function?.startsWith(`${run.app}-`) ? run.function.slice(run.app.length + 1) : run.function ?? "?");

const camel = (name) => name.replace(/[^a-zA-Z0-9]+(.)?/g, (_, next) => (next ?? "").toUpperCase()).replace(/^(\d)/, "_$1");

/// JSON as a Swift literal of JSONValue.
function literal(value, indent = "    ") {
  if (value === null || value === undefined) return "nil";
  if (typeof value === "string") return swiftString(value);
  if (typeof value === "number") return Number.isSafeInteger(value) || !Number.isInteger(value) ? String(value) : value.toExponential();
  if (typeof value !== "object") return String(value);
  const inner = `${indent}    `;
  const parts = Array.isArray(value) ? value.map((one) => literal(one, inner))
    : Object.entries(value).map(([name, one]) => `${swiftString(name)}: ${literal(one, inner)}`);
  if (!parts.length) return Array.isArray(value) ? "[]" : "[:]";
  const line = `[${parts.join(", ")}]`;
  return line.length < 90 ? line : `[\n${parts.map((part) => inner + part).join(",\n")},\n${indent}]`;
}

/// A value where a type is not known from the place: text, numbers and booleans speak for themselves.
const typed = (value) => (value !== null && typeof value !== "object" ? literal(value) : `${literal(value)} as JSONValue`);

function span(milliseconds) {
  for (const [name, size] of [["days", 86_400_000], ["hours", 3_600_000], ["minutes", minute], ["seconds", second]]) {
    if (milliseconds % size === 0) return `.${name}(${milliseconds / size})`;
  }
  return `.milliseconds(${milliseconds})`;
}

// MARK: What steps answered

/// Their code does not run in the test. Those that only send run: nothing leaves the test.
function stubs({ run, steps, history }) {
  const kinds = new Map(history.filter((entry) => entry.step_id && /^step\.(completed|failed)$/.test(entry.kind)).map((entry) => [entry.step_id, entry]));
  const of = history.some((entry) => entry.kind === "invoke.started") ? `, of: ${swiftString(functionID(run))}` : "";
  const seen = new Set();
  return steps.flatMap((step) => {
    const entry = kinds.get(step.id);
    if (!entry || ["step.sendEvent", "step.sendSignal"].includes(entry.type)) return [];
    const label = swiftString(entry.label ?? step.name);
    if (seen.has(label)) return [comment(`${label} ran more than once: all get one answer here.`)];
    seen.add(label);
    if (step.value === undefined) return [comment(`${label} answered ${step.value_size} bytes, which is too much to stand here: its own code runs.`)];
    if (entry.kind === "step.failed") return [`await orchestrator.stub(${label}${of}, throwing: NonRetriableError(${swiftString(entry.error?.message ?? "failed")}))`];
    return [`try await orchestrator.stub(${label}${of}, returning: ${typed(step.value?.data ?? null)})`];
  });
}

// MARK: How it began

const tick = ({ run, events }) => Date.parse(events[0]?.data?.scheduledAt ?? run.scheduled_for);

function start(timeline, name) {
  const { run, events, history } = timeline;
  const lines = history.some((entry) => entry.kind === "run.rerun") ? [comment("It was a rerun from a step. Here all steps run.")] : [];
  if (run.cron !== undefined) {
    const late = Math.ceil((Date.parse(run.scheduled_for) - tick(timeline)) / second);
    return [...lines, `try await orchestrator.advance(by: ${span((late + 1) * second)})`];
  }
  const [first] = events;
  if (!first) return [...lines, comment("The events are gone that started it.")];
  if (first.name.startsWith("inngest/")) return [...lines, ...invoke(first, name)];
  lines.push(...send(events));
  // A batch or a debounce waited for more.
  const waited = run.batch_id ? Date.parse(run.queued_at) - Math.min(...events.map((event) => Date.parse(event.received_at))) : 0;
  if (waited >= second) lines.push(`try await orchestrator.advance(by: ${span(Math.ceil(waited / second) * second)})`);
  return lines;
}

function invoke(event, name) {
  const { _inngest, ...data } = event.data ?? {};
  return [
    ...(event.name === "inngest/function.invoked" ? [] : [comment(`It began by ${swiftString(event.name)}, which a test can't send: what it is given may differ.`)]),
    ...(event.data_size ? [tooLarge(event.data_size)] : []),
    `try await orchestrator.invoke(${swiftString(name)}${Object.keys(data).length ? `, data: ${literal(data)} as JSONValue` : ""})`,
  ];
}

const tooLarge = (size) => comment(`The data has ${size} bytes, which is too much to stand here: put them in.`);

function send(events) {
  const made = events.map(({ name, data, data_size: size, user, v }) => {
    const parts = [`name: ${swiftString(name)}`];
    if (!size && Object.keys(data ?? {}).length) parts.push(`data: ${literal(data, events.length > 1 ? "        " : "    ")}`);
    if (Object.keys(user ?? {}).length) parts.push(`user: ${literal(user)}`);
    if (v) parts.push(`version: ${swiftString(v)}`);
    return `OutgoingEvent(${parts.join(", ")})`;
  });
  const large = events.find((event) => event.data_size);
  return [
    ...(large ? [tooLarge(large.data_size)] : []),
    made.length === 1 ? `try await orchestrator.send([${made[0]}])` : `try await orchestrator.send([\n${made.map((one) => `        ${one},\n`).join("")}    ])`,
  ];
}

// MARK: What happened then

/// Some more, for in the test it may begin later.
const roundUp = (span, unit = span < minute ? second : minute) => (Math.round(span / unit) + 1) * unit;

/// Time that passed, and what came from outside meanwhile. Counted is the test's time, in which code takes none.
function passage({ run, steps, history }, name) {
  const lines = [];
  const values = new Map(steps.map((step) => [step.id, step]));
  const begun = new Map();
  let clock = 0;
  const pass = (until) => {
    if (until > clock) lines.push(`try await orchestrator.advance(by: ${span(until - clock)})`);
    clock = Math.max(clock, until);
  };
  /// How long after the begin of the step, or of the run.
  const since = (entry) => {
    const { at, time } = begun.get(entry.step_id) ?? { at: Date.parse(run.started_at ?? run.queued_at), time: 0 };
    return { time, passed: Math.max(0, Date.parse(entry.at) - at) };
  };
  for (const entry of history) {
    const { time, passed } = since(entry);
    const step = values.get(entry.step_id);
    switch (entry.kind) {
      case "sleep.started": case "wait.started": case "signal.awaited": case "invoke.started":
        begun.set(entry.step_id, { at: Date.parse(entry.at), time: clock, due: clock + Date.parse(entry.until) - Date.parse(entry.at) });
        if (entry.function && run.app && !entry.function.startsWith(`${run.app}-`)) {
          lines.push(comment(`${swiftString(entry.label)} invokes ${entry.function}: give TestOrchestrator the app of that, too.`));
        }
        break;
      case "sleep.ended": case "wait.timed_out": case "signal.timed_out": case "invoke.timed_out":
        pass(begun.get(entry.step_id)?.due ?? clock);
        break;
      case "wait.matched":
        // In whole minutes: not later, or what waits would have given up.
        pass(time + passed - (passed % minute));
        lines.push(...send([step?.value === undefined ? { name: entry.event, data_size: step?.value_size } : { ...step.value, name: entry.event }]));
        break;
      case "signal.received":
        pass(time + passed - (passed % minute));
        if (step?.value === undefined) lines.push(tooLarge(step?.value_size));
        lines.push(`try await orchestrator.sendSignal(${swiftString(entry.signal)}, data: ${typed(step?.value?.data?.data ?? null)})`);
        break;
      case "invoke.ended":
        // The function that was invoked runs in the test, too, and takes its time.
        if (passed >= second / 2) pass(time + roundUp(passed));
        break;
      case "call":
        if (entry.step_id || !entry.error || !entry.retry_at) break;
        lines.push(comment(`The function itself failed here, and was tried again: ${entry.error.message}`));
        pass(clock + Math.max(Math.ceil((Date.parse(entry.retry_at) - Date.parse(entry.at)) / second), retryDelays[Math.min(entry.attempt, 9)] + chance) * second);
        break;
      case "run.cancelled":
        if (/timeout$/.test(entry.reason)) pass(roundUp(passed));
        else {
          pass(passed - (passed % minute));
          if (entry.reason) lines.push(comment(`Here the test cancels it. It was: ${entry.text ?? entry.reason}`));
          lines.push(`try await orchestrator.cancel(orchestrator.run(of: ${swiftString(name)}))`);
        }
        break;
      case "run.skipped":
        lines.push(comment(`It was skipped (${entry.reason}), which this test has to bring about first.`));
    }
  }
  return lines;
}

// MARK: How it ended

function expectations(timeline, name) {
  const { run, steps } = timeline;
  // A schedule may have come round again meanwhile.
  const found = run.cron === undefined ? `await orchestrator.run(of: ${swiftString(name)})` : `#require(await orchestrator.runs(of: ${swiftString(name)}).first)`;
  return [
    `let run = try ${found}`, `#expect(run.status == .${run.status.toLowerCase()})`,
    `#expect(${isParallel(timeline) ? "Set(run.stepNames)" : "run.stepNames"} == ${literal(steps.map((step) => step.name))})`,
    ...(run.status === "Failed" && run.output?.message ? [`#expect(run.failure?.message == ${swiftString(run.output.message)})`] : []),
    ...(run.status === "Completed" && run.output != null ? [`#expect(try run.output() == ${typed(run.output)})`] : []),
  ];
}
