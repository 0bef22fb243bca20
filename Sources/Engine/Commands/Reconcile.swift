import JSON
import Wire

/// What an orchestrator does first: calls whose process is gone are due again, for nobody will answer for them.
package struct Reconcile: Command {
    package init() {}

    /// - Returns: how many calls are due again.
    package func apply(to transaction: Transaction, settings: EngineSettings) throws -> Int {
        let lost = try transaction.leasedItems()
        for var item in lost {
            guard let id = item.key.run, var run = try transaction.run(id), !run.hasEnded else {
                if let id = item.key.run, let run = try transaction.run(id) { try transaction.drain(item, of: run) }
                continue
            }
            // It keeps its slots: it goes on where it was.
            item.lease = nil
            item.leasedAt = nil
            item.dueAt = min(item.dueAt, transaction.now)
            transaction.put(item)
            transaction.record(.leaseLost, &run, step: item.key.step, attempt: item.attempt)
            transaction.update(run)
        }
        return lost.count
    }
}
