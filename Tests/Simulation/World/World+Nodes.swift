import Engine
import Wire

/// Who is at work: several orchestrators do what comes in turns that nobody foresees.
extension World {
    /// A process begins.
    ///
    /// - Parameter seed: where its ids come from.
    func join(seed: UInt64? = nil) throws {
        let node = try Node(place, boot: boots, seed: seed ?? boots &* 7919)
        boots += 1
        nodes.append(node)
        turn = nodes.count - 1
        if size > 1 { try place.note(node.id, isAlive: true) }
    }

    /// Somebody takes the next turn.
    func takeTurns(among candidates: [Int]? = nil) {
        let candidates = candidates ?? Array(nodes.indices)
        turn = candidates.count == 1 ? candidates[0] : candidates.randomElement(using: &dice) ?? 0
    }

    /// All see what others have left in the store.
    func lookAround() throws {
        guard size > 1 else { return }
        for kind in QueueItem.Kind.allCases {
            guard let time = try store.earliestDue(kind) else { continue }
            for node in nodes { node.engine.notice(kind, at: time) }
        }
    }

    /// When there is something to do for somebody.
    func nextDue(hasRoom: Bool) throws -> Timestamp? {
        try lookAround()
        return nodes.compactMap { $0.engine.nextDue(hasRoom: hasRoom) }.min()
    }

    /// The leases that a process has.
    func held(by node: Node) -> Set<ULID> {
        let leases = waiting.map(\.lease) + underway.map(\.call.lease) + fetches.map(\.lease)
        return Set(leases.filter { holders[$0] == node.id })
    }

    /// A node takes back what nobody will answer for, and calls are no longer open that were.
    ///
    /// - Parameter lost: which of them.
    func takeBack(_ lost: Set<ULID>, on index: Int? = nil) throws {
        lines = [:]
        takeTurns(among: index.map { [$0] })
        let held = held(by: node)
        try perform(
            [
                Deed(Reconcile(held: held.subtracting(lost))) { [self] count in
                    let open = model.open.count { lost.contains($0.call.lease) }
                    guard count >= open else { throw Violation("\(count) leases were taken back, not \(open)") }
                    model.open.removeAll { lost.contains($0.call.lease) }
                }
            ], on: turn)
    }
}
