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
        // All are free before any is given away.
        for id in slots { try open(id) }
    }

    /// Lets calls through a gate as long as it is open and somebody waits.
    func open(_ id: GateID) throws {
        guard try gate(id).isAwaited else { return }
        while true {
            let waiting = try lanes(waitingFor: id)
            guard !waiting.isEmpty else {
                var gate = try gate(id)
                gate.isAwaited = false
                put(gate)
                if gate.usedUntil != nil { removeQueueItem(.gate(id)) }
                return
            }
            guard let lane = try first(of: waiting, at: id) else { return }
            // What is left goes on in the next transaction.
            guard mayAdmit() else { return wake(id, of: lane.functionID, at: now) }
            try advance(lane)
        }
    }

    private func lanes(waitingFor id: GateID) throws -> [Lane] {
        guard let function = id.function else { return try firstLanes(waitingOn: [id.description]) }
        return try firstLanes(waitingOn: [true, false].map { Lane.door(of: function, isStart: $0) })
    }

    /// Of the lanes that wait at a gate the one to be served. Each goes by the limit of its own function.
    private func first(of lanes: [Lane], at id: GateID) throws -> Lane? {
        try lanes.filter { lane in
            guard let rules = currentRules(of: lane) else { return true }
            guard !rules.isShut else { return false }
            // At a door all must be open that have no key.
            return try zip(rules.rules(forStart: lane.isStart), lane.gates).allSatisfy { rule, gateID in
                guard gateID == id || (id.function != nil && gateID.function != nil) else { return true }
                let gate = try gate(gateID)
                let isOpen = rule.isOpen(gate, at: now)
                if !isOpen { expect(gate, rule, of: lane.functionID) }
                return isOpen
            }
        }.min { ($0.head, $0.id.description) < ($1.head, $1.id.description) }
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

    /// Lets go of what a run held that has ended. A call that is still open holds its slots until its answer comes, or
    /// its lease is taken back, and so does its run: the app is still busy with it.
    ///
    /// - Parameter items: what was queued for the run.
    func leave(_ run: inout Run, _ items: [QueueItem]) throws {
        var free: [GateID] = []
        var lanes: [LaneID] = []
        var isOpen = false
        for item in items {
            if case .parked(let lane) = item.stage { lanes.append(lane) }
            let isCalled = item.lease != nil && item.work.isCall && item.key != answered
            if isCalled, run.slot != nil || !item.slots.isEmpty {
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
