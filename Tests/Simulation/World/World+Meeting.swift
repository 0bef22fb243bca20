import Engine
import JSON
import Stores
import Synchronization
import Wire

/// Transactions that meet, and commits of which nobody hears.
extension World {
    /// One node has decided, or is about to commit, and holds all that it has locked. Another one comes: it gets
    /// through, or is refused and nothing of it has happened.
    func meet() throws {
        guard nodes.count > 1 else { return }
        // At the end of a pause its runs are cancelled in slices: an answer may come between them.
        if model.paused.isEmpty, one(in: 3) { try goToNextTimer() }
        takeTurns()
        let (first, second) = (node, nodes[(turn + 1) % nodes.count])
        let isEarly = one(in: 2)
        // What the second one begins may be cancelled by events that the first one has not looked at yet, or not.
        let (events, later) = (sendEvents(cancelling: !isEarly), try visitor())
        trace.add(now, "node \(second.id) comes while node \(first.id) \(isEarly ? "writes" : "commits")")
        try lookAround()
        var other: Engine.Batch?
        let attempts = Attempts()
        let (now, room) = (now, room - openCalls)
        first.interrupt(isEarly: isEarly) {
            guard other == nil else { return }
            other = second.engine.execute(later.deeds.map(\.command), now: now, room: room / 2)
        }
        let batch = first.engine.execute([events.command, attempts], now: now, room: room - room / 2)
        first.goOn()
        if let error = batch.storeError { throw error }
        guard let other else { throw Violation("nothing was written") }
        let isTaken = other.storeError == nil
        // Who begins again comes second.
        let isFirst = attempts.count == 1
        if isFirst { try tell([events], batch) }
        if isTaken { try tell(later.deeds, other) } else { later.isPutOff() }
        if !isFirst { try tell([events], batch) }
        for (batch, node) in isFirst ? [(batch, first), (other, second)] : [(other, second), (batch, first)] {
            try take(batch, by: node)
        }
        model.coverage.note(isTaken ? .meetings : .collisions)
    }

    /// Counts how often a batch is begun.
    private final class Attempts: Command {
        private let begun = Mutex(0)

        var count: Int { begun.withLock { $0 } }

        func apply(to transaction: Transaction, settings: EngineSettings) { begun.withLock { $0 += 1 } }
    }

    /// What the one who comes second wants to do.
    private func visitor() throws -> (deeds: [Deed], isPutOff: () -> Void) {
        switch Int.random(in: 0..<3, using: &dice) {
        case 0: return ([sendEvents(cancelling: false)], {})
        case 1: return ([], {})
        default:
            let answer = nextAnswer()
            return (answer.map { [$0.deed] } ?? [], answer?.isPutOff ?? {})
        }
    }

    /// A node stands still before a commit, and is given up meanwhile. The commit happens; the calls that it leases are not
    /// made, and are taken back with the others.
    func commitLate() throws {
        guard nodes.count > 1 else { return }
        takeTurns()
        let (first, second) = (node, nodes[(turn + 1) % nodes.count])
        let events = sendEvents()
        trace.add(now, "node \(first.id) commits after it was given up by node \(second.id)")
        model.coverage.note(.commitsOfTheDead)
        let reconcile = Reconcile(held: held(by: second))
        let items = leased(by: first)
        var other: Engine.Batch?
        let (now, room, place) = (now, room - openCalls, place)
        first.interrupt(isEarly: false) {
            guard other == nil else { return }
            try place.note(first.id, isAlive: false)
            other = second.engine.execute([reconcile], now: now, room: room / 2)
        }
        let batch = first.engine.execute([events.command], now: now, room: room - room / 2)
        first.goOn()
        if let error = batch.storeError { throw error }
        guard let other else { throw Violation("nothing was committed") }
        try tell([events], batch)
        let kept = Set(try second.store.queueItems(items.map(\.key)).compactMap(\.lease))
        let taken = Set(items.map(\.lease)).subtracting(kept)
        model.open.removeAll { taken.contains($0.call.lease) }
        try take(batch, by: first)
        try take(other, by: second)
        leave(first)
        try giveUp(silent.count - 1)
    }

    private func leased(by node: Node) -> [(key: QueueItem.Key, lease: ULID)] {
        let open = waiting.map { ($0.key, $0.lease) } + underway.map { ($0.call.key, $0.call.lease) }
        let all = open + fetches.map { ($0.key, $0.lease) }
        return all.filter { holders[$0.1] == node.id }.map { (key: $0.0, lease: $0.1) }
    }

    /// A commit happens and nobody hears of it: its calls are not made, and its node takes them back.
    func loseAnswerOfCommit() throws {
        takeTurns()
        trace.add(now, "node \(node.id) does not hear of a commit")
        model.coverage.note(.commitsUnheard)
        let known = held(by: node)
        try perform([sendEvents()], on: turn)
        let lost = held(by: node).subtracting(known)
        waiting.removeAll { lost.contains($0.lease) }
        fetches.removeAll { lost.contains($0.lease) }
        try takeBack(lost, on: turn)
    }
}
