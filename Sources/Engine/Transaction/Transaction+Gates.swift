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
        // Before they were locked, others may have changed who waits for them.
        for place in unknown.flatMap(places) { waiting[place] = nil }
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
        if !lanes.knows(id) { try read([id]) }
        return lanes[id]
    }

    /// A lane that a search has found, as it is once it is locked: by the gates that its calls need, or by its door.
    func locked(_ found: Lane) throws -> Lane? {
        try lock([found])
        return lanes[found.id]
    }

    /// A lane that calls have left from anywhere, locked.
    func lockedLane(_ id: LaneID) throws -> Lane? {
        guard let found = try lanes.knows(id) ? lanes[id] : store.lanes([id]).first else { return nil }
        noteLocked([found])
        return try locked(found)
    }

    /// Locks lanes that a search has found, and reads those again that may have been changed before they were locked.
    func lock(_ found: [Lane]) throws {
        try know(Array(Set(found.flatMap(\.places))), names: nil)
        try read(found.map(\.id).filter { !lanes.knows($0) })
    }

    /// Of lanes that a search has found, those that were locked before are as they were found.
    func noteLocked(_ found: [Lane]) {
        for lane in found where !lanes.knows(lane.id) && lane.places.allSatisfy({ gates[$0] != nil }) {
            lanes.note(lane, at: lane.id)
        }
    }

    private func read(_ ids: [LaneID]) throws {
        guard !ids.isEmpty else { return }
        let found = Dictionary(try store.lanes(ids).map { ($0.id, $0) }) { first, _ in first }
        for id in ids {
            lanes.note(found[id], at: id)
            note(found[id], at: id)
        }
    }

    func put(_ lane: Lane) {
        guard lanes[lane.id] != lane else { return }
        lanes.put(lane, at: lane.id)
        note(lane, at: lane.id)
    }

    func removeLane(_ id: LaneID) {
        lanes.remove(id)
        note(nil, at: id)
    }

    func staleLane(of function: NameUUID, version: Int) throws -> Lane? {
        try flush()
        let found = try store.staleLane(of: function, version: version)
        if let found { noteLocked([found]) }
        return found
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
