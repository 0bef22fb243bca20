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
    /// How many other lanes are served before it that wait for the same throttle, counted likewise.
    package let lanesAhead: Int

    package init(
        item: QueueItem.Key, lane: Lane, gates: [Gate], holders: [GateID: [ULID]], ahead: Int, lanesAhead: Int
    ) {
        self.item = item
        self.lane = lane
        self.gates = gates
        self.holders = holders
        self.ahead = ahead
        self.lanesAhead = lanesAhead
    }

    /// The gates that are closed to the call, with their rules: first the one that it waits at. None where it is about
    /// to be let go, or to be tested by new rules.
    package func obstacles(_ rules: QueueRules, at now: Timestamp) -> [(rule: QueueRule, gate: Gate)] {
        guard rules.version == lane.version else { return [] }
        let closed = zip(rules.rules(forStart: lane.isStart), lane.gates).compactMap { rule, id in
            (rule: rule, gate: gates.first { $0.id == id } ?? Gate(id: id, name: ""))
        }.filter { !$0.rule.isOpen($0.gate, at: now) }
        let first = closed.filter { $0.gate.id.description == lane.waitsOn }
        return first + closed.filter { $0.gate.id.description != lane.waitsOn }
    }

    /// When a throttle lets the call go if nothing else holds it up, and nothing but the throttle those before it: at
    /// the earliest, for more than one may go before it from each of the other lanes.
    package func earliest(_ rule: QueueRule, _ gate: Gate, at now: Timestamp) -> Timestamp? {
        rule.pace?.opens(gate, at: now, ahead: ahead + lanesAhead)
    }
}

extension Lane {
    /// Where those stand that its throttle holds up, and no other key. Nil for a lane without one.
    package func placeOfThrottle(among gates: [Gate]) -> String? {
        gates.first { $0.usedUntil != nil }.map { gate in
            gate.id.function.map { Lane.door(of: $0, isStart: isStart) } ?? gate.id.description
        }
    }
}
