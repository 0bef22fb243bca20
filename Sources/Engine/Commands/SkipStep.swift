import JSON
import Wire

/// Ends what a step waits for now: a sleep, a wait as if it had timed out, the time until the next attempt.
package struct SkipStep: Command {
    private let run: ULID
    private let step: StepID

    package init(_ run: ULID, step: StepID) {
        self.run = run
        self.step = step
    }

    package func apply(to transaction: Transaction, settings: EngineSettings) throws {
        guard let run = try transaction.run(run) else { throw Refusal(.notFound, "there is no run \(self.run)") }
        let key = StepKey(run: run.id, step: step)
        guard !run.hasEnded, let item = try transaction.queueItem(.step(key)) ?? functionRetry(of: run, transaction)
        else { throw Refusal(.notFound, "run \(run.id) has no step \(step) that waits") }
        guard item.lease == nil else {
            throw Refusal(.conflict, "step '\(item.label)' is being run; there is nothing to wait for")
        }
        if item.work.kind == .timer {
            try transaction.fire(item)
        } else {
            var due = item
            due.dueAt = min(item.dueAt, transaction.now)
            transaction.put(due)
        }
    }

    /// A step that failed in a call for the function as a whole is tried again with the function.
    private func functionRetry(of run: Run, _ transaction: Transaction) throws -> QueueItem? {
        guard let item = try transaction.queueItem(.run(run.id)), item.attempt > 0 else { return nil }
        return item
    }
}
