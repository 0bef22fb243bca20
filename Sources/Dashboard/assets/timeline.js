// Reads a run's history, and makes the rows of its waterfall.

/// The row of what a function does outside of its steps.
const functionKey = "";

const founds = { "step.planned": "run", "sleep.started": "sleep", "wait.started": "wait", "invoke.started": "invoke", "signal.awaited": "signal" };
const ends = new Set(["sleep.ended", "wait.matched", "wait.timed_out", "invoke.ended", "invoke.timed_out", "signal.received", "signal.timed_out"]);
const outcomes = { "step.completed": "Completed", "step.errored": "Queued", "step.failed": "Failed" };

/// - end: up to when what is open reaches, in milliseconds.
/// - Returns: rows `{key, label, kind, status, segments, attempts, found, branch, …}`, and from when to when they reach.
export function readTimeline(timeline, end) {
  const reader = new Reader(timeline, end);
  for (const entry of timeline.history) reader.read(entry);
  return reader.finish();
}

class Reader {
  constructor(timeline, end) {
    this.timeline = timeline;
    this.end = end;
    this.rows = new Map();
    this.branches = 0;
    this.values = new Map(timeline.steps.map((step) => [step.id, step]));
  }

  row(key, label) {
    let row = this.rows.get(key);
    if (!row) {
      row = { key, label: label ?? (key === functionKey ? "function" : key), kind: key === functionKey ? "function" : "run",
        status: "Queued", segments: [], attempts: [], found: null, branch: null };
      this.rows.set(key, row);
    }
    if (label && key !== functionKey) row.label = label;
    return row;
  }

  read(entry) {
    const at = Date.parse(entry.at);
    const key = entry.step_id ?? functionKey;
    if (entry.kind === "call") return this.readCall(entry, at, key);
    if (entry.kind in outcomes) return this.readOutcome(entry, at, key);
    this.flush();
    this.claimed = null;
    if (entry.kind in founds) return this.readFound(entry, at, key);
    this.lastFound = null;
    if (ends.has(entry.kind)) return this.readEnd(entry, at, key);
    if (entry.kind === "lease.lost") this.row(key, entry.label).attempts.push({ number: entry.attempt ?? 0, at, lost: true });
  }

  // A call for the function as a whole belongs to the step that it ran, which the history names next.
  readCall(entry, at, key) {
    this.flush();
    this.claimed = null;
    this.lastFound = null;
    if (key === functionKey && !entry.error) this.unclaimed = { entry, at };
    else this.addCall(entry, at, key, Boolean(entry.error));
  }

  flush() {
    if (!this.unclaimed) return;
    const { entry, at } = this.unclaimed;
    this.unclaimed = null;
    this.addCall(entry, at, functionKey, false);
  }

  addCall(entry, at, key, failed, label) {
    const row = this.row(key, label);
    const started = Date.parse(entry.started_at ?? entry.at);
    const due = Date.parse(entry.due_at ?? entry.queued_at ?? entry.at);
    const queued = Date.parse(entry.queued_at ?? entry.at);
    if (due > queued) row.segments.push({ part: entry.attempt > 0 ? "backoff" : "wait", from: queued, to: due });
    if (started > due) row.segments.push({ part: "queue", from: due, to: started });
    row.segments.push({ part: failed ? "failed" : "run", from: started, to: at });
    row.attempts.push({ number: entry.attempt ?? 0, queued, due, started, at, status: entry.status,
      error: entry.error, retryAt: entry.retry_at });
    row.status = failed ? (entry.retry_at ? "Queued" : "Failed") : "Completed";
  }

  readOutcome(entry, at, key) {
    const failed = entry.kind !== "step.completed";
    const call = this.unclaimed ?? this.claimed;
    if (call && call.at === at) {
      this.unclaimed = null;
      this.claimed = call;
      this.addCall(call.entry, at, key, failed, entry.label);
    }
    const row = this.row(key, entry.label);
    row.status = outcomes[entry.kind];
    if (entry.input !== undefined) row.input = entry.input;
    if (entry.input_size !== undefined) row.largeInput = { input_size: entry.input_size, input_preview: entry.input_preview };
    if (entry.type) row.type = entry.type;
    if (!failed) return;
    const last = row.segments.at(-1);
    if (last?.part === "run" && last.to === at) last.part = "failed";
    const attempt = row.attempts.at(-1);
    if (attempt && attempt.at === at) Object.assign(attempt, { error: entry.error, retryAt: entry.retry_at });
    else row.attempts.push({ number: entry.attempt ?? 0, at, started: at, error: entry.error, retryAt: entry.retry_at });
  }

  readFound(entry, at, key) {
    const row = this.row(key, entry.label);
    row.kind = founds[entry.kind];
    row.found = at;
    // Found by the same answer: side by side.
    if (this.lastFound?.at === at && this.lastFound.row !== row) {
      const other = this.lastFound.row;
      other.branch ??= ++this.branches;
      row.branch = other.branch;
    }
    this.lastFound = { at, row };
    if (row.kind === "run") return;
    row.status = row.kind === "sleep" ? "Sleeping" : "Waiting";
    row.open = at;
    row.target = entry;
  }

  readEnd(entry, at, key) {
    const row = this.row(key, entry.label);
    const failed = entry.kind === "invoke.timed_out" || (entry.kind === "invoke.ended" && entry.status !== "Completed");
    if (row.open != null) row.segments.push({ part: row.kind, from: row.open, to: at, failed });
    row.open = null;
    row.status = failed ? "Failed" : "Completed";
    row.end = entry;
  }

  finish() {
    this.flush();
    const { run, waiting } = this.timeline;
    const hasEnded = Boolean(run.ended_at);
    for (const blocker of waiting) this.readBlocker(blocker);
    // The run ended during its first call, of whose end nobody heard.
    if (hasEnded && run.started_at && !this.rows.size) {
      const row = this.row(functionKey);
      row.segments.push({ part: "run", from: Date.parse(run.started_at), to: Date.parse(run.ended_at) });
      row.status = run.status;
    }
    for (const row of this.rows.values()) {
      if (row.open != null) row.segments.push({ part: row.kind, from: row.open, to: hasEnded ? Date.parse(run.ended_at) : this.end, open: !hasEnded });
      if (hasEnded && ["Queued", "Running", "Waiting", "Sleeping"].includes(row.status)) row.status = "Cancelled";
      const step = this.values.get(row.key);
      if (step) row.step = step;
    }
    // Taken over from the run that this one repeats.
    const kept = this.timeline.steps.filter((step) => !this.rows.has(step.id))
      .map((step) => ({ key: step.id, label: step.name, kind: "run", status: "Completed", segments: [], attempts: [], branch: null, step, isKept: true }));
    const rows = [...kept, ...this.rows.values()].filter((row) => row.key !== functionKey || row.segments.length);
    let start = Date.parse(run.queued_at);
    for (const row of rows) start = Math.min(start, row.segments[0]?.from ?? start);
    let last = hasEnded ? Date.parse(run.ended_at) : this.end;
    for (const row of rows) for (const segment of row.segments) last = Math.max(last, segment.to);
    return { rows, start, end: Math.max(last, start + 1) };
  }

  readBlocker(blocker) {
    // Limits of the run as a whole hold nothing up.
    if (!blocker.step_id && ["start_timeout", "finish_timeout", "paused"].includes(blocker.kind)) return;
    const row = this.row(blocker.step_id ?? functionKey, blocker.label);
    row.blocker = blocker;
    const since = Date.parse(blocker.since);
    const part = { call: "run", retry: "backoff", queue: "queue", start: "wait" }[blocker.kind];
    if (blocker.kind === "call") row.status = "Running";
    else if (!["sleep", "event", "invoke", "signal"].includes(blocker.kind)) row.status = "Queued";
    else if (row.open == null) row.open = since;
    if (part) row.segments.push({ part, from: since, to: this.end, open: true });
    else if (row.status === "Queued" && row.open == null) row.segments.push({ part: "queue", from: since, to: this.end, open: true });
  }
}

// MARK: Scale

/// Where a time stands between 0 and 1. Where idle time is cut, it takes a small place only.
export function makeScale({ rows, start, end }, cutIdle) {
  const total = end - start;
  const plain = { position: (time) => (time - start) / total, breaks: [], start, end };
  if (!cutIdle) return plain;
  const busy = rows.flatMap((row) => row.segments.filter((segment) => ["run", "failed", "queue"].includes(segment.part)))
    .map(({ from, to }) => [from, to]).sort((a, b) => a[0] - b[0]);
  const pieces = [];
  let cursor = start;
  let active = 0;
  for (const [from, to] of busy) {
    if (from > cursor) pieces.push({ from: cursor, to: from, idle: true });
    const begin = Math.max(from, cursor);
    if (to > begin) {
      pieces.push({ from: begin, to, idle: false });
      active += to - begin;
    }
    cursor = Math.max(cursor, to);
  }
  if (cursor < end) pieces.push({ from: cursor, to: end, idle: true });
  const shortest = Math.max(active / 8, 1);
  const cuts = pieces.filter((piece) => piece.idle && piece.to - piece.from > shortest);
  if (!cuts.length) return plain;
  const cutWidth = Math.min(0.2, 0.6 / cuts.length);
  const rest = pieces.reduce((sum, piece) => sum + (cuts.includes(piece) ? 0 : piece.to - piece.from), 0);
  const left = 1 - cutWidth * cuts.length;
  let place = 0;
  for (const piece of pieces) {
    piece.at = place;
    piece.isCut = cuts.includes(piece);
    piece.width = piece.isCut ? cutWidth : rest ? (left * (piece.to - piece.from)) / rest : 0;
    place += piece.width;
  }
  const position = (time) => {
    const piece = pieces.find((one) => time <= one.to) ?? pieces.at(-1);
    const part = (time - piece.from) / Math.max(1, piece.to - piece.from);
    return piece.at + piece.width * Math.min(1, Math.max(0, part));
  };
  return { position, start, end, breaks: cuts.map((piece) => ({ at: piece.at, width: piece.width, span: piece.to - piece.from })) };
}

/// How much of a run's time nothing ran.
export function idleShare({ rows, start, end }) {
  let busy = 0;
  for (const row of rows) for (const segment of row.segments) if (segment.part === "run" || segment.part === "failed") busy += segment.to - segment.from;
  return 1 - Math.min(1, busy / (end - start));
}
