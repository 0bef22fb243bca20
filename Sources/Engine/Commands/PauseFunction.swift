import JSON
import Wire

/// Stops a function: new events are recorded as skipped, no further step of its runs is called. The steps that are at
/// work finish.
package struct PauseFunction: Command {
    private let function: String
    private let period: Duration

    /// - Parameters:
    ///   - function: the slug or the id.
    ///   - period: after which its runs are cancelled if it has not been resumed; zero for at once.
    package init(_ function: String, cancelAfter period: Duration = Limits.defaultPause) {
        self.function = function
        self.period = period
    }

    package func apply(to transaction: Transaction, settings: EngineSettings) throws -> FunctionRecord {
        guard (.zero...Limits.longestWait).contains(period) else {
            throw Refusal(.invalid, "cancel_after: 0s to 366d is possible")
        }
        let record = try transaction.registered(function)
        let (now, due) = (transaction.now, transaction.now + period)
        let paused = record.paused(since: record.pausedAt ?? now, cancelsAt: due)
        try transaction.replace(paused)
        transaction.put(
            QueueItem(
                key: .function(record.id), work: .pauseEnd, functionID: record.id, label: record.config.name,
                queuedAt: now, dueAt: due))
        return paused
    }
}

/// Lets a paused function go on: its runs where they stood; what was skipped stays skipped, until it is replayed.
package struct ResumeFunction: Command {
    private let function: String

    /// - Parameter function: the slug or the id.
    package init(_ function: String) {
        self.function = function
    }

    package func apply(to transaction: Transaction, settings: EngineSettings) throws -> FunctionRecord {
        let record = try transaction.registered(function)
        guard record.pausedAt != nil else {
            throw Refusal(.conflict, "the function '\(record.slug)' is not paused")
        }
        let resumed = record.paused(since: nil, cancelsAt: nil)
        try transaction.replace(resumed)
        transaction.removeQueueItem(.function(record.id))
        return resumed
    }
}

extension Transaction {
    /// A function by its slug or its id.
    /// - Throws: ``Refusal`` where there is none.
    func registered(_ reference: String) throws -> FunctionRecord {
        guard let function = catalog.function(reference) else {
            throw Refusal(.notFound, "there is no function '\(reference)'; `orchestrator functions` lists them")
        }
        return function
    }
}
