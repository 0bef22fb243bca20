import JSON
import Wire

/// Why a run is started.
package enum RunCause: Hashable, Sendable {
    case event
    case cron(String)
    case invocation(StepKey)
    case rerun(of: ULID)
    case batch
}

extension Transaction {
    /// Starts a function: its run begins now, or at the time of its event if that lies ahead.
    ///
    /// - Parameters:
    ///   - batch: what collected the events.
    ///   - singleton: the lock that it takes.
    package func start(
        _ function: FunctionRecord, with events: [Event], cause: RunCause, batch: ULID? = nil, singleton: RuleKey? = nil
    ) throws -> ULID {
        let start = events.first.map { cause == .event ? max(now, $0.time) : now } ?? now
        var run = Run(
            id: newID(), functionID: function.id, eventIDs: events.map(\.internalID), createdAt: now,
            scheduledFor: start, cron: cause.cron, invokedBy: cause.invokedBy, rerunOf: cause.rerunOf,
            batchID: batch, singleton: singleton?.hash)
        record(
            .runQueued, &run,
            detail: [
                "event": events.first.map { .string($0.name) }, "scheduled_for": .string(start.description),
            ])
        let call = QueueItem(
            key: .run(run.id), work: .discover, functionID: function.id, label: function.config.name, queuedAt: now,
            dueAt: start)
        try enqueue(call, of: &run)
        insert(run)
        if let singleton { lock(singleton, for: run.id) }
        watchForCancellation(run, function, trigger: events.first)
        watchStart(of: run, function)
        return run.id
    }
}

extension RunCause {
    var cron: String? { if case .cron(let expression) = self { expression } else { nil } }
    fileprivate var invokedBy: StepKey? { if case .invocation(let key) = self { key } else { nil } }
    fileprivate var rerunOf: ULID? { if case .rerun(let run) = self { run } else { nil } }
}
