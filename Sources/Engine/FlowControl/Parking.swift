import Wire

/// Where calls wait that can't go.
extension Transaction {
    /// What a lane has to wait on: the first thing that is not open. Nil where its calls may go.
    ///
    /// The gates of keys come first. So what waits at a door is only what nothing but the door holds up.
    func obstacle(of lane: Lane, _ rules: QueueRules) throws -> String? {
        let ownDoor = Lane.door(of: lane.functionID, isStart: lane.isStart)
        if rules.isShut { return ownDoor }
        var door: String?
        for (rule, id) in zip(rules.rules(forStart: lane.isStart), lane.gates).reversed() {
            let gate = try gate(id)
            guard !rule.isOpen(gate, at: now) else { continue }
            expect(gate, rule, of: lane.functionID)
            guard id.function != nil else { return id.description }
            door = ownDoor
        }
        return door
    }

    /// Has whoever lets go of a gate look for lanes that wait.
    func expect(_ gate: Gate, _ rule: QueueRule, of function: NameUUID) {
        var gate = gate
        gate.isAwaited = true
        rule.pace?.settle(&gate, at: now)
        put(gate)
        if let pace = rule.pace { setTimer(for: gate, pace, function: function) }
    }

    /// Wakes a throttle's gate when the next run may start. Where that hangs on calls that wait to be made, making
    /// them sets the timer.
    func setTimer(for gate: Gate, _ pace: Pace, function: NameUUID) {
        if let time = pace.opens(gate, at: now) { wake(gate.id, of: function, at: time) }
    }

    func wake(_ gate: GateID, of function: NameUUID, at time: Timestamp) {
        let label = catalog.functions[function]?.config.name ?? ""
        put(QueueItem(key: .gate(gate), work: .gate, functionID: function, label: label, queuedAt: now, dueAt: time))
    }

    /// Parks a call in its lane.
    func park(_ item: inout QueueItem, in new: Lane, behind obstacle: String) throws {
        try know(new.places, names: nil)
        var lane = try lane(new.id) ?? new
        if item.rank < lane.head {
            if lane.turn == lane.head { lane.turn = item.rank }
            lane.head = item.rank
        }
        lane.waitsOn = obstacle
        put(lane)
        item.stage = .parked(lane.id)
        item.slots = []
        put(item)
    }

    /// Takes the first call out of a lane, which goes when it is empty.
    func takeHead(of lane: Lane) throws -> (item: QueueItem, run: Run)? {
        let parked = try parkedItems(in: lane.id, limit: 2)
        if parked.count < 2 {
            removeLane(lane.id)
        } else {
            var rest = lane
            rest.head = parked[1].rank
            // Of several that are served at the same time, each goes back behind the others.
            rest.turn = max(rest.head, now, lane.turn + .milliseconds(1))
            put(rest)
        }
        guard let first = try lockedHead(of: lane.id), first.stage == .parked(lane.id) else { return nil }
        guard let id = first.key.run, let run = try run(id), !run.hasEnded else {
            removeQueueItem(first.key)
            return nil
        }
        return (first, run)
    }

    /// After calls have left a lane from anywhere.
    func settleHead(of id: LaneID) throws {
        guard var lane = try lockedLane(id) else { return }
        guard let first = try parkedItems(in: id, limit: 1).first else { return removeLane(id) }
        lane.head = first.rank
        lane.turn = max(lane.turn, lane.head)
        put(lane)
    }
}
