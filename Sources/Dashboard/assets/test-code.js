// A run as a test for AppTesting: the same event, the same answers from outside, the same result.

const swiftString = (text) => `"${String(text).replace(/[\\"]/g, "\\$&").replace(/\n/g, "\\n").replace(/\r/g, "\\r").replace(/\t/g, "\\t")
  .replace(/[\u0000-\u001f\u007f]/g, (one) => `\\u{${one.charCodeAt(0).toString(16)}}`)}"`;

const functionID = (run) => (run.app && run.function?.startsWith(`${run.app}-`) ? run.function.slice(run.app.length + 1) : run.function ?? "?");

/// JSON as a Swift literal of JSONValue.
function literal(value, indent = "    ") {
  if (value === null || value === undefined) return "nil";
  if (typeof value === "string") return swiftString(value);
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
  for (const [name, size] of [["days", 86_400_000], ["hours", 3_600_000], ["minutes", 60_000], ["seconds", 1000]]) {
    if (milliseconds % size === 0) return `.${name}(${milliseconds / size})`;
  }
  return `.milliseconds(${milliseconds})`;
}

export function testCode(timeline) {
  const { run, events, history } = timeline;
  const name = functionID(run);
  const steps = new Map(timeline.steps.map((step) => [step.id, step]));
  return [
    "import AppSDK", "import AppTesting", "import Testing", "", `@Test func ${camel(name)}() async throws {`,
    "    let orchestrator = try TestOrchestrator(app)",
    ...history.flatMap((entry) => stub(entry, steps.get(entry.step_id))),
    ...(events[0] ? [send(events[0].name, events[0])] : []),
    ...passage(run, history, steps),
    "", `    let run = try await orchestrator.run(of: ${swiftString(name)})`,
    `    #expect(run.status == .${run.status.toLowerCase()})`,
    `    #expect(run.stepNames == ${literal(timeline.steps.map((step) => step.name))})`,
    ...(run.status === "Failed" && run.output?.message ? [`    #expect(run.failure?.message == ${swiftString(run.output.message)})`] : []),
    "}", "",
  ].join("\n");
}

const camel = (name) => name.replace(/[^a-zA-Z0-9]+(.)?/g, (_, next) => (next ?? "").toUpperCase()).replace(/^(\d)/, "_$1") || "run";

/// What a step answered; its code does not run in the test.
function stub(entry, step) {
  if (entry.kind === "step.failed") {
    return [`    await orchestrator.stub(${swiftString(entry.label)}, throwing: NonRetriableError(${swiftString(entry.error?.message ?? "failed")}))`];
  }
  if (entry.kind !== "step.completed" || !step) return [];
  if (step.value === undefined) return [`    // ${swiftString(entry.label)} answered ${step.value_size} bytes: too many to stand here.`];
  const value = step.value && typeof step.value === "object" && "data" in step.value ? step.value.data : step.value;
  return [`    try await orchestrator.stub(${swiftString(entry.label)}, returning: ${typed(value)})`];
}

function send(name, { data, data_size: size }) {
  if (size) return `    // The event's data has ${size} bytes: too many to stand here.\n    try await orchestrator.send([OutgoingEvent(name: ${swiftString(name)})])`;
  return `    try await orchestrator.send([OutgoingEvent(name: ${swiftString(name)}, data: ${literal(data ?? {})})])`;
}

/// Time that passed, and what came from outside meanwhile.
function passage(run, history, steps) {
  const lines = [];
  let at = Date.parse(run.queued_at);
  for (const entry of history) {
    if (!["sleep.ended", "wait.timed_out", "invoke.timed_out", "wait.matched"].includes(entry.kind)) continue;
    const time = Date.parse(entry.at);
    // Before the event, or the time would be over at which the wait gives up.
    const passed = entry.kind === "wait.matched" ? time - at - ((time - at) % 1000) : time - at;
    if (passed > 0) lines.push(`    try await orchestrator.advance(by: ${span(passed)})`);
    at = Math.max(at, time);
    if (entry.kind === "wait.matched") lines.push(send(entry.event, steps.get(entry.step_id)?.value ?? {}));
  }
  return lines;
}
