import Engine
import JSON
import Stores
import Wire

/// Transactions that meet, and commits of which nobody hears.
extension World {
    /// One node is about to commit and holds all that it has locked, and another one comes. It gets through, or is
    /// refused and nothing of it has happened.
    func meet() throws {
        guard nodes.count > 1 else { return }
        // At the end of a pause its runs are cancelled in slices: an answer may come between them.
        if model.paused.isEmpty, one(in: 3) { try goToNextTimer() }
        takeTurns()
        let (first, second) = (node, nodes[(turn + 1) % nodes.count])
        let events = sendEvents()
        // What the first one can't see yet counts as later, so it must not be meant by what the second one does.
        let later = try visitor()
        trace.add(now, "node \(second.id) comes while node \(first.id) commits")
        try lookAround()
        var (commits, other): (Int, Engine.Batch?) = (0, nil)
        let (now, room, store) = (now, room - openCalls, first.store)
        store.beforeCommit = { [unowned store] in
            commits += 1
            // What was written is on the server, and what it has locked is locked.
            _ = try store.catalogVersion()
            if commits == 1 { other = second.engine.execute(later.deeds.map(\.command), now: now, room: room / 2) }
        }
        let batch = first.engine.execute([events.command], now: now, room: room - room / 2)
        store.beforeCommit = nil
        if let error = batch.storeError { throw error }
        guard let other, commits == 1 else { throw Violation("a transaction was committed after \(commits) attempts") }
        try tell([events], batch)
        if other.storeError == nil { try tell(later.deeds, other) } else { later.isPutOff() }
        try take(batch, by: first)
        try take(other, by: second)
        model.coverage.note(other.storeError == nil ? .meetings : .collisions)
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
        let (now, room, store, place) = (now, room - openCalls, first.store, place)
        store.beforeCommit = { [unowned store] in
            _ = try store.catalogVersion()
            guard other == nil else { return }
            try place.note(first.id, isAlive: false)
            other = second.engine.execute([reconcile], now: now, room: room / 2)
        }
        let batch = first.engine.execute([events.command], now: now, room: room - room / 2)
        store.beforeCommit = nil
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
