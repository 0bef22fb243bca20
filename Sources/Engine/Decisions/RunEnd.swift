import JSON
import Wire

extension Transaction {
    /// Ends a run: nothing of it is left to do, who waits for it goes on, and its events are sent.
    ///
    /// - Parameters:
    ///   - output: the result, or the error in the shape of ``ReportedError``.
    ///   - detail: why, for the history.
    package func end(_ run: inout Run, _ status: Run.Status, output: JSON?, detail: JSON = [:]) throws {
        run.status = status
        run.endedAt = now
        run.output = output
        let kind: HistoryEntry.Kind =
            switch status {
            case .completed: .runCompleted
            case .cancelled: .runCancelled
            default: .runFailed
            }
        record(kind, &run, detail: detail)
        try clearWork(of: &run)
        run.pending = 0
        run.racing = 0
        let deferred = try startDeferred(of: &run)
        update(run)
        try noteFailure(of: run)
        try unlock(run)
        for key in try invokers(of: run) { try resume(key, with: run) }
        try announceEnd(of: run)
        for (event, function) in deferred { takeNext(event, starting: function.map { [$0] } ?? []) }
        try takeConsequences()
    }

    /// The steps that wait for a run: each event of a batch may come from one.
    private func invokers(of run: Run) throws -> [StepKey] {
        guard run.answersEachEvent else { return run.invokedBy.map { [$0] } ?? [] }
        return try events(run.eventIDs).compactMap(\.invoker)
    }

    private func resume(_ key: StepKey, with run: Run) throws {
        guard var invoker = try self.run(key.run), !invoker.hasEnded, let wait = try wait(key) else { return }
        let value: JSON =
            switch run.status {
            case .completed: ["data": run.output ?? .null]
            case .failed: ["error": run.output ?? .null]
            default:
                [
                    "error": ReportedError(
                        name: "InngestInvokeCancelledError", message: "the invoked function was cancelled"
                    ).json
                ]
            }
        record(
            .invokeEnded, &invoker, step: key.step,
            detail: ["run_id": .string(run.id.description), "status": .string(run.status.name)])
        try finish(key.step, of: &invoker, label: wait.label, value: value)
        update(invoker)
    }

    /// Sends `inngest/function.finished`, and `.failed` or `.cancelled`; not for a run that such an event started.
    private func announceEnd(of run: Run) throws {
        let triggers = try events(run.eventIDs)
        guard let trigger = triggers.first, !Self.endings.contains(trigger.name) else { return }
        let invoker = run.answersEachEvent ? trigger.invoker : run.invokedBy
        let data = end(of: run, by: trigger, among: triggers, for: invoker)
        announce(InternalEvent.functionFinished, data, trigger, id: nil)
        if run.status == .failed { announce(InternalEvent.functionFailed, data, trigger, id: run.id) }
        if run.status == .cancelled { announce(InternalEvent.functionCancelled, data, trigger, id: run.id) }
        guard run.answersEachEvent else { return }
        // Each step that asked for the batch hears of its end by its own correlation id, and of its own event: all events
        // for each would grow with the square of the batch.
        for other in triggers.dropFirst() {
            guard let invoker = other.invoker else { continue }
            let data = end(of: run, by: other, among: [other], for: invoker)
            announce(InternalEvent.functionFinished, data, other, id: nil)
        }
    }

    private func end(of run: Run, by trigger: Event, among triggers: [Event], for invoker: StepKey?) -> JSON {
        let error = run.status == .completed ? nil : run.output ?? Self.cancelled
        return [
            "_inngest": ["status": .string(run.status.name)],
            "correlation_id": invoker.map { .string("\($0.run).\($0.step)") },
            "error": error.map { $0.merging(["error": $0["name"]]) },
            "event": trigger.json, "events": .array(triggers.map(\.json)),
            "function_id": .string(catalog.functions[run.functionID]?.slug ?? run.functionID.description),
            "result": run.status == .completed ? run.output ?? .null : nil,
            "run_id": .string(run.id.description),
        ]
    }

    private func announce(_ name: String, _ data: JSON, _ trigger: Event, id: ULID?) {
        takeNext(
            Event(
                internalID: newID(), name: name, data: data, time: now, senderID: id?.description,
                meta: trigger.json["meta"]))
    }

    private static let endings: Set<String> = [
        InternalEvent.functionFinished, InternalEvent.functionFailed, InternalEvent.functionCancelled,
    ]

    private static let cancelled = ReportedError(name: "Cancelled", message: "the run was cancelled").json
}

extension Run {
    /// Whether each of its events may come from a step that waits for it: a batch has them, be it a batch of one.
    fileprivate var answersEachEvent: Bool { batchID != nil && invokedBy == nil && rerunOf == nil }
}
