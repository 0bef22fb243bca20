import Wire

/// What happens when a slot is free: the first that waits for it gets it, in the same transaction.
extension Transaction {
    /// Lets go of what a call held, as its answer is there. Returns the call without it.
    func letGo(of item: QueueItem) throws -> QueueItem {
        guard !item.slots.isEmpty else { return item }
        var free = item
        free.slots = []
        put(free)
        try letGo(item.slots)
        return free
    }

    /// Lets go of slots, and gives them to whom they let go.
    func letGo(_ slots: [GateID]) throws {
        try know(slots, names: nil)
        for id in slots {
            var gate = try gate(id)
            gate.held = max(0, gate.held - 1)
            put(gate)
        }
        // All are free before any is given away, and whose turn it is at any of them is the first to go.
        try open(slots)
    }

    /// Lets calls through gates as long as these are open and somebody waits.
    func open(_ gates: [GateID]) throws {
        var awaited = try gates.filter { try gate($0).isAwaited }
        while !awaited.isEmpty {
            let lanes = try firstLanes(waitingOn: Array(Set(awaited.flatMap(places))))
            try awaited.removeAll { id in
                let isAwaited = lanes.contains { $0.waits(for: id) }
                if !isAwaited { try forsake(id) }
                return !isAwaited
            }
            guard let lane = try first(of: lanes) else { return }
            guard mayAdmit() else {
                // What is left goes on in the next transaction.
                for id in awaited { wake(id, of: lane.functionID, at: now) }
                return
            }
            try advance(lane)
        }
    }

    /// Where those stand that wait for a gate.
    func places(of id: GateID) -> [String] {
        guard let function = id.function else { return [id.description] }
        return [true, false].map { Lane.door(of: function, isStart: $0) }
    }

    private func forsake(_ id: GateID) throws {
        var gate = try gate(id)
        gate.isAwaited = false
        put(gate)
        if gate.usedUntil != nil { removeQueueItem(.gate(id)) }
    }

    /// Of the lanes that wait the one to be served: what it waits for is open. Each goes by the limits of its own
    /// function.
    private func first(of lanes: [Lane]) throws -> Lane? {
        try lanes.filter { lane in
            guard let rules = currentRules(of: lane) else { return true }
            guard !rules.isShut else { return false }
            return try zip(rules.rules(forStart: lane.isStart), lane.gates).allSatisfy { rule, id in
                guard lane.waits(for: id) else { return true }
                let gate = try gate(id)
                let isOpen = rule.isOpen(gate, at: now)
                if !isOpen { expect(gate, rule, of: lane.functionID) }
                return isOpen
            }
        }.min { ($0.turn, $0.head, $0.id.description) < ($1.turn, $1.head, $1.id.description) }
    }

    /// The rules that a lane's gates are for. Nil where the function has others by now.
    private func currentRules(of lane: Lane) -> QueueRules? {
        catalog.queueRules(of: lane.functionID).flatMap { $0.version == lane.version ? $0 : nil }
    }

    /// Serves a lane: its first call goes, or it moves to wait on something else.
    func advance(_ found: Lane) throws {
        guard let lane = try locked(found) else { return }
        guard let rules = currentRules(of: lane) else { return try takeOver(lane) }
        if let obstacle = try obstacle(of: lane, rules) {
            var moved = lane
            moved.waitsOn = obstacle
            put(moved)
            return
        }
        guard var (item, run) = try takeHead(of: lane) else { return }
        try take(lane, for: &item, of: &run, rules)
        if lane.isStart { update(run) }
    }

    /// Tests the first call of a lane by the rules that its function has now.
    func takeOver(_ found: Lane) throws {
        guard let lane = try locked(found) else { return }
        guard var (item, run) = try takeHead(of: lane) else { return }
        try enter(&item, of: &run)
        update(run)
    }

    /// Lets go of what a run held that has ended. A call that is still open stays, and holds its slots until its answer
    /// comes, or its lease is taken back, and so does its run: the app is still busy with it, and a rule that comes
    /// meanwhile has to count it.
    ///
    /// - Parameter items: what was queued for the run.
    func leave(_ run: inout Run, _ items: [QueueItem]) throws {
        var free: [GateID] = []
        var lanes: [LaneID] = []
        var isOpen = false
        for item in items {
            if case .parked(let lane) = item.stage { lanes.append(lane) }
            if item.lease != nil, item.work.isCall, item.key != answered {
                put(item)
                isOpen = true
            } else {
                free += item.slots
            }
        }
        if let slot = run.slot, !isOpen {
            free.append(slot)
            run.slot = nil
        }
        for lane in lanes { try settleHead(of: lane) }
        try letGo(free)
    }

    /// Lets go of what the open call of an ended run held, now that the app is done with it.
    func drain(_ item: QueueItem, of run: Run) throws {
        var run = run
        var free = item.slots
        removeQueueItem(item.key)
        if let slot = run.slot, try queueItems(of: run.id).isEmpty {
            free.append(slot)
            run.slot = nil
            update(run)
        }
        try letGo(free)
    }
}
