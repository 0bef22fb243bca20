import Engine
import JSON
import Wire

/// One thing that a run waits for, in the words of the API.
struct Blocker {
    let json: JSON

    /// Everything that a run waits for; empty for one that has ended.
    ///
    /// - Parameter function: whose rules hold it up.
    static func all(of timeline: Timeline, _ function: FunctionRecord?, now: Timestamp) -> [Blocker] {
        guard !timeline.run.hasEnded else { return [] }
        let pause = function.flatMap(Blocker.init(pauseOf:))
        let rules = function.flatMap { QueueRules($0) }
        return [pause].compactMap { $0 }
            + timeline.queue.map { item in
                let step = NamedStep(item, timeline.history)
                if let standing = timeline.standings.first(where: { $0.item == item.key }) {
                    return Blocker(item, step, GateText(standing, rules, now: now))
                }
                let wait = timeline.waits.first { $0.key.step == item.key.step }
                let started = timeline.history.last { $0.kind == .waitStarted && $0.step == item.key.step }
                return Blocker(item, step, wait, timeline.run, isIndexed: started?.detail["indexed"]?.bool ?? true)
            }
    }

    private init?(pauseOf function: FunctionRecord) {
        guard let since = function.pausedAt else { return nil }
        let end = function.cancelsAt.map { ", and its runs are cancelled at \($0) unless it is resumed" } ?? ""
        json = [
            "kind": "paused", "label": .string(function.config.name), "since": APIShapes.time(since),
            "text": .string("the function \(function.slug) is paused since \(since)\(end)"),
            "until": function.cancelsAt.map(APIShapes.time),
        ]
    }

    private init(_ item: QueueItem, _ step: NamedStep, _ wait: Wait?, _ run: Run, isIndexed: Bool) {
        var (kind, text) = Self.describe(item, wait, run)
        if !isIndexed { text += "; not indexed: the condition is evaluated for every such event" }
        var fields: [(String, JSON?)] = [
            ("attempt", item.work.kind == .timer ? nil : .int(item.attempt)), ("kind", .string(kind)),
            ("label", .string(step.label)), ("since", APIShapes.time(item.leasedAt ?? item.queuedAt)),
            ("step_id", step.id.map { .string($0.hash) }), ("text", .string(text)),
            ("until", item.lease == nil ? APIShapes.time(item.dueAt) : nil),
        ]
        switch wait?.target {
        case .event(let name, let expression, _):
            fields += [
                ("event", .string(name)), ("if", expression.map(JSON.string)), ("indexed", isIndexed ? nil : false),
            ]
        case .invocation(let child, let function):
            fields += [("function", .string(function)), ("run_id", child.map { .string($0.description) })]
        case .signal(let name, _): fields.append(("signal", .string(name)))
        case .cancellation, nil: break
        }
        json = .object(fields)
    }

    /// A call that a rule holds up.
    private init(_ item: QueueItem, _ step: NamedStep, _ gate: GateText) {
        json = gate.fields.merging([
            "attempt": .int(item.attempt), "label": .string(step.label), "since": APIShapes.time(item.queuedAt),
            "step_id": step.id.map { .string($0.hash) },
        ])
    }

    private static func describe(_ item: QueueItem, _ wait: Wait?, _ run: Run) -> (kind: String, text: String) {
        let until = item.dueAt
        switch (item.work, wait?.target) {
        case (.wake, _): return ("sleep", "sleeps until \(until)")
        case (.fetch, _):
            if let since = item.leasedAt { return ("request", "an HTTP request is made for it since \(since)") }
            return ("request", "an HTTP request is made for it at \(until), attempt \(item.attempt + 1)")
        case (_, .signal(let name, let isReplaced)):
            let reason = isReplaced ? ", which another step has taken over," : ""
            return ("signal", "waits for the signal \(name)\(reason) until \(until)")
        case (_, .event(let name, let expression, _)):
            let condition = expression.map { " for which \($0)" } ?? ""
            return ("event", "waits for an event \(name)\(condition), until \(until)")
        case (_, .invocation(let child, let function)):
            guard let child else { return ("invoke", "waits until \(function) is started, until \(until)") }
            return ("invoke", "waits for run \(child) of \(function), until \(until)")
        case (.startTimeout, _): return ("start_timeout", "is cancelled unless it has begun by \(until)")
        case (.finishTimeout, _): return ("finish_timeout", "is cancelled unless it has ended by \(until)")
        case (_, nil), (_, .cancellation):
            if let since = item.leasedAt { return ("call", "the app is being called since \(since)") }
            if item.stage == .coming, item.attempt == 0, let priority = run.flow?.priority, priority < 0 {
                return ("priority", "is due at \(until): its priority of \(priority) puts each call off")
            }
            if item.attempt > 0 { return ("retry", "failed; attempt \(item.attempt + 1) follows at \(until)") }
            if run.status == .scheduled, until > run.createdAt { return ("start", "starts at \(until)") }
            return ("queue", "is due since \(until) and waits for a free place to call the app")
        }
    }
}

/// The step that something is due for. One that failed in a call for the function as a whole is tried again with that.
private struct NamedStep {
    let id: StepID?
    let label: String

    init(_ item: QueueItem, _ history: [HistoryEntry]) {
        let failed =
            item.key.step == nil && item.attempt > 0
            ? history.last { $0.kind == .stepErrored && $0.detail["retry_at"]?.string == item.dueAt.description } : nil
        id = item.key.step ?? failed?.step
        label = failed?.detail["label"]?.string ?? item.label
    }
}
