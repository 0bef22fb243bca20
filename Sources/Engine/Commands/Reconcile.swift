import JSON
import Wire

/// Calls that nobody will answer for are due again: those of processes that are gone. An orchestrator does this
/// first, and again when it learns that another one has died.
package struct Reconcile: Command {
    private let held: Set<ULID>
    private let ofOthers: Bool

    /// - Parameters:
    ///   - held: the leases of the calls that this process has open.
    ///   - ofOthers: whether the calls of other processes are looked at, too.
    package init(held: Set<ULID> = [], ofOthers: Bool = true) {
        self.held = held
        self.ofOthers = ofOthers
    }

    /// - Returns: how many calls are due again.
    package func apply(to transaction: Transaction, settings: EngineSettings) throws -> Int {
        let lost = try transaction.lostItems(held: held, ofOthers: ofOthers)
        try transaction.load(Footprint(runs: lost.compactMap(\.key.run)))
        for var item in lost {
            guard let run = try item.key.run.flatMap({ try transaction.run($0) }) else {
                // Nobody will ask for it any more.
                transaction.removeQueueItem(item.key)
                try transaction.letGo(item.slots)
                continue
            }
            if run.hasEnded {
                try transaction.drain(item, of: run)
                continue
            }
            var changed = run
            // It keeps its slots: it goes on where it was.
            item.lease = nil
            item.leasedAt = nil
            item.dueAt = min(item.dueAt, transaction.now)
            transaction.put(item)
            transaction.record(.leaseLost, &changed, step: item.key.step, attempt: item.attempt)
            transaction.update(changed)
        }
        return lost.count
    }
}
