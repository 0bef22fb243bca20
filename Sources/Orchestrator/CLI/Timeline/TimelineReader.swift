import JSON
import Wire

/// Makes the rows of the waterfall of a run's history, entry by entry.
struct TimelineReader {
    private let end: Timestamp
    private var rows: [TimelineRow] = []
    private var indexes: [String?: Int] = [:]
    /// A call that was made for the function as a whole: the steps that follow it in the history came of it.
    private var unclaimedCall: HistoryLine?
    private var claimedCall: HistoryLine?
    private var lastFound: (at: Timestamp, index: Int)?
    private var branches = 0
    /// A step that failed in a call for the function as a whole, and is to be tried again in the next such call.
    private var retrying: String?

    init(end: Timestamp) {
        self.end = end
    }

    mutating func read(_ entry: HistoryLine) {
        if entry.kind == "call" { return readCall(entry) }
        if ["step.completed", "step.errored", "step.failed"].contains(entry.kind) { return readOutcome(entry) }
        flushCall()
        claimedCall = nil
        let isFound = ["step.planned", "sleep.started", "wait.started", "invoke.started"].contains(entry.kind)
        if isFound { return readFound(entry) }
        lastFound = nil
        switch entry.kind {
        case "sleep.ended", "wait.matched", "wait.timed_out", "invoke.ended", "invoke.timed_out": readEnd(entry)
        case "lease.lost":
            change(entry.step, entry.label) {
                $0.note("the orchestrator ended during this call; it was made again", at: entry.at, isBad: true)
            }
        default: break
        }
    }

    /// Closes what is open, and adds what the run is busy with.
    mutating func finish(blockers: [WaitReason], state: RunState?) -> [TimelineRow] {
        flushCall()
        for blocker in blockers { readBlocker(blocker) }
        for index in rows.indices where rows[index].openSince != nil {
            rows[index].add(.waiting, rows[index].openSince, end)
        }
        if [.completed, .failed, .cancelled].contains(state) {
            // What had not finished when the run ended never will.
            for index in rows.indices where [.queued, .running, .waiting].contains(rows[index].state) {
                rows[index].state = rows[index].step == nil && state == .completed ? .done : .cancelled
            }
        }
        return rows.filter { $0.step != nil || !$0.segments.isEmpty || !$0.notes.isEmpty }
    }

    // MARK: Calls

    private mutating func readCall(_ entry: HistoryLine) {
        flushCall()
        claimedCall = nil
        lastFound = nil
        if entry.step == nil { retrying = nil }
        if entry.step == nil, entry.error == nil {
            unclaimedCall = entry
        } else {
            addCall(entry, to: entry.step, failed: entry.error != nil)
        }
    }

    /// A call after which no step is reported ran the function's own code.
    private mutating func flushCall() {
        guard let call = unclaimedCall else { return }
        unclaimedCall = nil
        addCall(call, to: nil, failed: false)
    }

    private mutating func addCall(_ call: HistoryLine, to step: String?, label: String? = nil, failed: Bool) {
        let queuedAt = call.json.time("queued_at")
        let startedAt = call.json.time("started_at") ?? call.at
        let dueAt = call.json.time("due_at") ?? queuedAt
        change(step, label ?? call.label) { row in
            row.attempts += step == nil && !failed ? 0 : 1
            row.add(call.attempt > 1 ? .backoff : .waiting, queuedAt, dueAt)
            row.add(.queued, dueAt, startedAt)
            row.add(failed ? .failed : .running, startedAt, call.at)
            row.state = failed ? .failed : .done
            guard let error = call.error else { return }
            row.note(Self.attempt(call, error), at: startedAt, isBad: true)
            if call.json["retry_at"] != nil { row.state = .queued }
        }
    }

    private static func attempt(_ entry: HistoryLine, _ error: String) -> String {
        var text = "attempt \(entry.attempt): \(error)"
        if let status = entry.json["status"]?.int, status >= 400 { text += " (HTTP \(status))" }
        if let retry = entry.json.time("retry_at") {
            text += "; tried again after \(DurationText.short(retry - entry.at))"
        } else {
            text += "; not tried again"
        }
        return text
    }

    // MARK: Steps

    private mutating func readOutcome(_ entry: HistoryLine) {
        let failed = entry.kind != "step.completed"
        if let call = unclaimedCall ?? claimedCall, call.at == entry.at {
            unclaimedCall = nil
            claimedCall = call
            addCall(call, to: entry.step, label: entry.label, failed: failed)
            if entry.kind == "step.errored" { retrying = entry.step }
        }
        change(entry.step, entry.label) { row in
            row.state = failed ? .failed : .done
            if entry.kind == "step.errored" { row.state = .queued }
            // A step's own call is in the history before its outcome: how it ended is known only now.
            if failed, let last = row.segments.last, last.part == .running, last.to == entry.at {
                row.segments[row.segments.count - 1] = .init(part: .failed, from: last.from, to: last.to)
            }
            guard failed, let error = entry.error else { return }
            row.note(Self.attempt(entry, error), at: entry.at, isBad: true)
        }
    }

    private mutating func readFound(_ entry: HistoryLine) {
        let index = index(entry.step, entry.label)
        if let last = lastFound, last.at == entry.at {
            // Found by the same answer: side by side.
            if rows[last.index].branch == nil {
                branches += 1
                rows[last.index].branch = branches
            }
            rows[index].branch = rows[last.index].branch
        }
        lastFound = (entry.at, index)
        guard entry.kind != "step.planned" else { return rows[index].state = .queued }
        rows[index].state = .waiting
        rows[index].openSince = entry.at
        rows[index].note(Self.target(entry))
    }

    /// What a step waits for.
    private static func target(_ entry: HistoryLine) -> String {
        let until = entry.json.time("until").map { " until \(TimeText.absolute($0))" } ?? ""
        switch entry.kind {
        case "sleep.started": return "sleep\(until)"
        case "wait.started":
            let condition = entry.json["if"]?.string.map { " if \($0)" } ?? ""
            return "wait for \(entry.json["event"]?.string ?? "?")\(condition)\(until)"
        default:
            let run = entry.json["run_id"]?.string.map { ", run \($0)" } ?? ""
            return "invoke \(entry.json["function"]?.string ?? "?")\(run)"
        }
    }

    private mutating func readEnd(_ entry: HistoryLine) {
        change(entry.step, entry.label) { row in
            row.add(.waiting, row.openSince, entry.at)
            row.openSince = nil
            row.state = .done
            switch entry.kind {
            case "wait.matched":
                row.note("matched by \(entry.json["event"]?.string ?? "?") \(entry.json["event_id"]?.string ?? "")")
            case "wait.timed_out": row.note("no such event came in time")
            case "invoke.timed_out":
                row.state = .failed
                row.note("the invoked run did not end in time", isBad: true)
            case "invoke.ended":
                let status = entry.json["status"]?.string ?? "?"
                row.state = status == RunState.completed.rawValue ? .done : .failed
                row.note("the invoked run ended: \(status)", isBad: row.state == .failed)
            default: break
            }
        }
    }

    private mutating func readBlocker(_ blocker: WaitReason) {
        let end = end
        change(blocker.step ?? retrying, blocker.label) { row in
            switch blocker.kind {
            case "call":
                row.state = .running
                row.add(.running, blocker.since, end)
            case "retry":
                row.state = .queued
                row.add(.backoff, blocker.since, end)
            case "queue":
                row.state = .queued
                row.add(.queued, blocker.since, end)
            case "start":
                row.state = .waiting
                row.add(.waiting, blocker.since, end)
            // About the whole run: the steps say for themselves how they stand.
            case "paused", "start_timeout", "finish_timeout": break
            default:
                row.state = .waiting
                if row.openSince == nil { row.openSince = blocker.since }
            }
        }
    }

    // MARK: Rows

    private mutating func change(_ step: String?, _ label: String?, _ edit: (inout TimelineRow) -> Void) {
        edit(&rows[index(step, label)])
    }

    private mutating func index(_ step: String?, _ label: String?) -> Int {
        if let index = indexes[step] { return index }
        let shown = step == nil ? Self.functionLabel : label ?? step ?? ""
        rows.append(TimelineRow(step: step, label: shown, state: .queued))
        indexes[step] = rows.count - 1
        return rows.count - 1
    }

    /// The row of what the function does outside of steps.
    private static let functionLabel = "(function)"
}
