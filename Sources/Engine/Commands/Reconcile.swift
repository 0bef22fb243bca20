import JSON
import Wire

/// Calls that nobody will answer for are due again: those of processes that are gone. An orchestrator does this
/// first, and again when it learns that another one has died.
package struct Reconcile: Command {
    private let held: Set<ULID>

    /// - Parameter held: the leases of the calls that this process has open.
    package init(held: Set<ULID> = []) {
        self.held = held
    }

    /// - Returns: how many calls are due again.
    package func apply(to transaction: Transaction, settings: EngineSettings) throws -> Int {
        let lost = try transaction.lostItems(held: held)
        try transaction.load(Footprint(runs: lost.compactMap(\.key.run)))
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
