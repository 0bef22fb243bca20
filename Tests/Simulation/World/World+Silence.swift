import Engine
import JSON
import Wire

/// What may happen to one of several orchestrators.
extension World {
    func shake() throws {
        lines = [:]
        switch Int.random(in: 0..<7, using: &dice) {
        case 0, 1: try meet()
        case 2: try commitLate()
        case 3: try loseAnswerOfCommit()
        default:
            if silent.isEmpty { return try one(in: 2) ? kill() : fallSilent() }
            guard let index = silent.indices.randomElement(using: &dice) else { return }
            if !silent[index].isGone, one(in: 3) { return try comeBack(index) }
            if one(in: 2) { try lookForLost() } else { try giveUp(index) }
        }
    }

    // MARK: Silence

    /// A process is gone from one moment to the next, and another one begins.
    private func kill() throws {
        takeTurns()
        let node = node
        trace.add(now, "node \(node.id) is killed")
        model.coverage.note(.nodesKilled)
        switch Int.random(in: 0..<3, using: &dice) {
        case 0: try failCommit { $0.abandon() }
        case 1: try perform([sendEvents()], on: turn)
        default: break
        }
        node.store.abandon()
        node.isGone = true
        leave(node)
        try place.settle()
        try join()
        try perform([Deed(Reconcile()) { [self] (count: Int) in try expectNoneLost(count) }], on: turn)
    }

    /// A node does nothing any more, as far as the others see: it is cut off, or stands still.
    private func fallSilent() throws {
        takeTurns()
        trace.add(now, "node \(node.id) falls silent")
        model.coverage.note(.nodesSilent)
        leave(node)
        if nodes.isEmpty { try join() }
    }

    /// What it has open stays open. What it has heard, or will hear, is told when it comes back, or never.
    func leave(_ node: Node) {
        let held = held(by: node)
        node.underway = underway.filter { held.contains($0.call.lease) }
        node.fetches = fetches.filter { held.contains($0.lease) }
        let error = ReportedError(name: "Rough", message: "no luck")
        for call in waiting where held.contains(call.lease) {
            node.underway.append((call, .failed(error, retriable: true, retryAfter: nil)))
        }
        underway.removeAll { held.contains($0.call.lease) }
        waiting.removeAll { held.contains($0.lease) }
        fetches.removeAll { held.contains($0.lease) }
        for lease in held { reported[lease] = nil }
        nodes.removeAll { $0 === node }
        turn = 0
        silent.append(node)
    }

    /// As long as a node counts as alive, nobody takes its leases.
    private func lookForLost() throws {
        takeTurns()
        try perform(
            [Deed(Reconcile(held: held(by: node))) { [self] (count: Int) in try expectNoneLost(count) }], on: turn)
    }

    private func expectNoneLost(_ count: Int) throws {
        if count > 0 { throw Violation("\(count) leases were taken back of nodes that are not given up") }
    }

    /// It was silent for so long that it counts as dead: what it had open is called again.
    func giveUp(_ index: Int) throws {
        let node = silent.remove(at: index)
        trace.add(now, "node \(node.id) is given up")
        model.coverage.note(.nodesGivenUp)
        try place.note(node.id, isAlive: false)
        try takeBack(Set(node.underway.map(\.call.lease) + node.fetches.map(\.lease)))
        if node.isGone || one(in: 2) { return try replace(node) }
        try comeBackLate(node)
    }

    private func replace(_ node: Node) throws {
        if !node.isGone { node.store.abandon() }
        delivered += node.answers
        if nodes.count < size { try join() }
    }

    // MARK: Return

    /// It was away for a short time only, and goes on where it was.
    private func comeBack(_ index: Int) throws {
        let node = silent.remove(at: index)
        trace.add(now, "node \(node.id) comes back")
        model.coverage.note(.nodesBack)
        underway += node.underway
        fetches += node.fetches
        (node.underway, node.fetches) = ([], [])
        nodes.append(node)
    }

    /// What it brings now comes too late: others have its calls.
    private func comeBackLate(_ node: Node) throws {
        trace.add(now, "node \(node.id) comes back too late")
        try place.note(node.id, isAlive: true)
        nodes.append(node)
        let index = nodes.count - 1
        for (call, outcome) in node.underway {
            model.coverage.note(.answersOfTheDead)
            if case .ops(let ops, _) = outcome, !ops.isEmpty, ops.allSatisfy(\.isCheckpoint) {
                try refuse(Checkpoint(run: call.request.runID, function: nil, lease: call.lease, ops: ops), on: index)
            }
            let answer = FinishCall(call.key, lease: call.lease, outcome: outcome, status: 206, requestVersion: version)
            delivered.append(answer)
            try perform(
                [
                    Deed(answer) { result in
                        if result != .stale { throw Violation("an answer counted for \(call.key), which others had") }
                    }
                ], on: index)
        }
        for fetch in node.fetches {
            let answer = FinishFetch(fetch.key, lease: fetch.lease, outcome: .data(["status_code": 200]))
            try perform(
                [
                    Deed(answer) { result in
                        if result != .stale { throw Violation("a request counted for \(fetch.key), which others had") }
                    }
                ], on: index)
        }
        (node.underway, node.fetches) = ([], [])
    }

    private func refuse(_ checkpoint: Checkpoint, on index: Int) throws {
        do {
            try perform(
                [Deed(checkpoint) { _ in throw Violation("a checkpoint counted in a call that others had") }], on: index
            )
        } catch is Refusal {}
    }
}
