import Wire

/// Where a call stands that the rules of its function hold up: read for people to see.
package struct Standing: Sendable {
    package let item: QueueItem.Key
    package let lane: Lane
    package let gates: [Gate]
    /// Runs that hold the gates, some of them.
    package let holders: [GateID: [ULID]]
    /// How many calls stand before it in its lane, counted up to ``Limits/countedPlaces``.
    package let ahead: Int

    package init(item: QueueItem.Key, lane: Lane, gates: [Gate], holders: [GateID: [ULID]], ahead: Int) {
        self.item = item
        self.lane = lane
        self.gates = gates
        self.holders = holders
        self.ahead = ahead
    }

    /// The gate that holds the call up, with its rule. Nil where it is about to be let go, or to be tested by new
    /// rules.
    package func obstacle(_ rules: QueueRules, at now: Timestamp) -> (rule: QueueRule, gate: Gate)? {
        guard rules.version == lane.version else { return nil }
        let closed = zip(rules.rules(forStart: lane.isStart), lane.gates).compactMap { rule, id in
            (rule: rule, gate: gates.first { $0.id == id } ?? Gate(id: id, name: ""))
        }.filter { !$0.rule.isOpen($0.gate, at: now) }
        return closed.first { $0.gate.id.description == lane.waitsOn } ?? closed.first
    }
}
