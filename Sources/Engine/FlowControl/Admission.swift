import JSON
import Wire

/// What came of an event for a function that it triggers.
package enum Admission: Hashable, Sendable {
    case started(ULID)
    /// It was taken in by a batch or a debounce, which starts a run later.
    case collected(Decision)
    case stopped(Decision)

    package var run: ULID? { if case .started(let run) = self { run } else { nil } }

    package var decision: Decision? {
        switch self {
        case .started: nil
        case .collected(let decision), .stopped(let decision): decision
        }
    }
}

extension Transaction {
    /// Leads an event past the gates of a function, in their order: pause, batch (a way of its own), rate limit or
    /// idempotency, debounce, singleton, the event's id. What is left is decided in the queue.
    func admit(_ event: Event, to function: FunctionRecord, cause: RunCause) throws -> Admission {
        if function.pausedAt != nil { return .stopped(try skipPaused(function, event, cause)) }
        let flow = function.config.flow
        if let rule = flow.batch { return try batch(event, rule, function, cause) }
        if let expression = flow.idempotency, let stop = try repeats(event, expression, function) {
            return .stopped(stop)
        }
        if let rule = flow.rateLimit, let stop = try exceeds(rule, event, function) { return .stopped(stop) }
        if let rule = flow.debounce { return try debounce(event, rule, function) }
        if let rule = flow.singleton { return try startAlone([event], rule, function, cause) }
        if let stop = try isKnown(event, to: function) { return .stopped(stop) }
        return .started(try start(function, with: [event], cause: cause))
    }

    /// Uses an event's id up for a function. One that is used up stops the event.
    func isKnown(_ event: Event, to function: FunctionRecord) throws -> Decision? {
        guard let id = event.senderID, !event.isInternal,
            try !take(IdempotencyKey(function: function.id, value: id), for: Limits.idempotencyPeriod)
        else { return nil }
        return Decision(
            function: function.id, gate: .idempotency, state: ["event_id": .string(Self.shortened(id))])
    }

    static func shortened(_ text: String) -> String {
        text.utf8.count <= Limits.shownKeySize ? text : String(text.prefix(Limits.shownKeySize)) + "…"
    }
}

extension RunCause {
    /// Why an event that was collected starts a run.
    init(of event: Event) {
        if event.name == InternalEvent.cronTick, let expression = event.data["cron"]?.string {
            self = .cron(expression)
        } else if let invoker = event.invoker {
            self = .invocation(invoker)
        } else {
            self = .event
        }
    }
}

extension Event {
    /// The step that made it to invoke a function.
    var invoker: StepKey? {
        guard name == InternalEvent.functionInvoked, let id = data[path: ["_inngest", "correlation_id"]]?.string,
            let dot = id.firstIndex(of: "."), let run = ULID(String(id[..<dot]))
        else { return nil }
        return StepKey(run: run, step: StepID(hash: String(id[id.index(after: dot)...])))
    }
}
