import Wire

// Gates, and the lanes that wait for them.
extension Transaction {
    /// Loads gates, so that ``gate(_:)`` has them.
    ///
    /// - Parameter names: the keys of the run that they are for; nil where they exist.
    func know(_ ids: [GateID], names flow: RunFlow?) throws {
        let unknown = ids.filter { gates[$0] == nil }
        guard !unknown.isEmpty else { return }
        for gate in try store.gates(unknown.sorted()) { gates[gate.id] = gate }
        for id in unknown where gates[id] == nil {
            gates[id] = Gate(id: id, name: flow?.keys.first { $0.gate == id }?.name ?? "")
        }
    }

    func gate(_ id: GateID) throws -> Gate {
        try know([id], names: nil)
        return gates[id] ?? Gate(id: id, name: "")
    }

    func put(_ gate: Gate) {
        guard gates[gate.id] != gate else { return }
        gates[gate.id] = gate
        changedGates.insert(gate.id)
    }

    /// A lane whose gates are known, and so locked.
    func lane(_ id: LaneID) throws -> Lane? {
        try lanes.row(id) { try store.lanes([id]).first }
    }

    /// A lane that a search has found, as it is once it is locked: by the gates that its calls need, or by its door.
    func locked(_ found: Lane) throws -> Lane? {
        // Where they were locked before, nobody has changed it since.
        if found.places.allSatisfy({ gates[$0] != nil }) { return lanes.knows(found.id) ? lanes[found.id] : found }
        try know(found.places, names: nil)
        lanes.note(try store.lanes([found.id]).first, at: found.id)
        return lanes[found.id]
    }

    /// A lane that calls have left from anywhere, locked.
    func lockedLane(_ id: LaneID) throws -> Lane? {
        guard let found = try lanes.knows(id) ? lanes[id] : store.lanes([id]).first else { return nil }
        return try locked(found)
    }

    func put(_ lane: Lane) {
        if lanes[lane.id] != lane { lanes.put(lane, at: lane.id) }
    }

    func removeLane(_ id: LaneID) { lanes.remove(id) }

    func firstLanes(waitingOn: [String]) throws -> [Lane] {
        try flush()
        return try store.firstLanes(waitingOn: waitingOn)
    }

    func staleLane(of function: NameUUID, version: Int) throws -> Lane? {
        try flush()
        return try store.staleLane(of: function, version: version)
    }

    func parkedItems(in lane: LaneID, limit: Int) throws -> [QueueItem] {
        try flush()
        return try store.parkedItems(in: lane, limit: limit)
    }

    /// Whether this transaction may let one more call through a gate. Counts it.
    func mayAdmit() -> Bool {
        admissions += 1
        return admissions <= Limits.admissionsPerTransaction
    }

    /// Gates that have changed: those to write, and those that nobody holds and nothing waits for any more.
    func takeGateChanges() -> (put: [Gate], removed: [GateID]) {
        let changed = changedGates.compactMap { gates[$0] }
        changedGates.removeAll(keepingCapacity: true)
        return (changed.filter { !$0.isIdle(at: now) }, changed.filter { $0.isIdle(at: now) }.map(\.id))
    }
}
