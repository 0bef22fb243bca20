import Expressions
import JSON
import Wire

extension Transaction {
    /// Takes an event in: keeps it, starts the functions that it triggers, ends the waits that it matches.
    ///
    /// - Parameter started: the functions to start instead of those that its name triggers.
    /// - Returns: what came of it for each function.
    @discardableResult
    package func take(in event: Event, starting started: [FunctionRecord]? = nil, cause: RunCause = .event) throws
        -> [Admission]
    {
        insert(event)
        // Waits first: the event can't end a wait of a run that it starts.
        try endWaits(matching: event)
        let matches = started.map { Catalog.Matches(functions: $0) } ?? catalog.functions(startedBy: event, at: now)
        // Each end of a run would name all handlers of other functions.
        var decisions = event.isInternal ? [] : matches.passedOver
        var admissions: [Admission] = []
        for function in matches.functions {
            let admission = try admit(event, to: function, cause: cause)
            admissions.append(admission)
            if let decision = admission.decision { decisions.append(decision) }
        }
        store(event, decisions.suffix(Limits.decisionsPerEvent))
        return admissions
    }

    private func endWaits(matching event: Event) throws {
        let candidates = try candidates(for: event).filter { $0.expiresAt > now }
        try load(waits: candidates)
        for wait in candidates {
            // Ending one wait may have ended another, where a run came to its end.
            guard let expression = wait.target.expression, var run = try run(wait.key.run), !run.hasEnded,
                try self.wait(wait.key) != nil, try matches(expression, event, run)
            else { continue }
            if case .cancellation = wait.target {
                try cancel(&run, on: event)
                continue
            }
            record(
                .waitMatched, &run, step: wait.key.step,
                detail: ["event_id": .string(event.internalID.description), "event": .string(event.name)])
            try finish(wait.key.step, of: &run, label: wait.label, value: event.json)
            update(run)
        }
    }

    /// Loads what ending waits takes.
    private func load(waits: [Wait]) throws {
        var footprint = Footprint(runs: waits.map(\.key.run))
        footprint.eventsOfRuns = footprint.runs
        footprint.waits = Set(waits.map(\.key))
        footprint.queueItems = Set(waits.flatMap { [.step($0.key), .run($0.key.run)] })
        try load(footprint)
    }

    private func matches(_ expression: String?, _ event: Event, _ run: Run) throws -> Bool {
        guard let expression else { return true }
        guard let trigger = try events(Array(run.eventIDs.prefix(1))).first else { return false }
        // It compiled when the wait was registered; where it fails for this event, it does not match.
        let compiled = try? Expression.compile(expression)
        return (try? compiled?.matches(event: trigger.json, async: event.json, now: now.milliseconds)) ?? false
    }
}

extension Wait.Target {
    /// The expression that an event must fulfil; nil inside for any event, nil where no event is waited for.
    fileprivate var expression: String?? {
        switch self {
        case .event(_, let expression, _), .cancellation(_, let expression, _): .some(expression)
        case .invocation, .signal: nil
        }
    }
}
