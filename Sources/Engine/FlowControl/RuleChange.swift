import Wire

/// What happens when a function gets other rules: they hold at once, for what waits, too.
extension Transaction {
    /// Puts a function in the catalog. Where its rules are others than before, they hold at once.
    package func replace(_ function: FunctionRecord) throws {
        let before = catalog.queueRules(of: function.id)?.version
        put(function)
        if catalog.queueRules(of: function.id)?.version != before { try applyRules(of: function.id) }
    }

    /// Brings what is queued under the new rules. Calls that are open count by the new ones; what is parked is tested
    /// again, first in first; what is ready is tested when its turn comes.
    func applyRules(of function: NameUUID) throws {
        for item in try leasedItems(of: function) where item.work.isCall {
            guard let id = item.key.run, var run = try run(id) else { continue }
            try count(item, of: &run)
        }
        wake(Self.takingOver(function), of: function, at: now)
    }

    /// The timer under which a function's lanes are taken over.
    private static func takingOver(_ function: NameUUID) -> GateID { GateID("rules", of: function) }

    /// It keeps the version that it was admitted under: should its lease be lost, it is tested before it goes again.
    private func count(_ open: QueueItem, of run: inout Run) throws {
        let rules = catalog.queueRules(of: run.functionID)
        var item = open
        if let rules {
            try evaluate(rules, for: &run)
            item.slots = rules.rules(forStart: false).compactMap { $0.gate(for: run.flow) }
            update(run)
        } else {
            // The very same rules may come back, and must not take it for one that holds what they ask for.
            (item.slots, item.flowVersion) = ([], 0)
        }
        try know(item.slots, names: run.flow)
        for id in item.slots where !open.slots.contains(id) {
            var gate = try gate(id)
            gate.held += 1
            put(gate)
        }
        put(item)
        try letGo(open.slots.filter { !item.slots.contains($0) })
    }

    /// Opens the gate of a timer, or goes on with taking over lanes.
    func openGate(_ timer: QueueItem, _ id: GateID) throws {
        removeQueueItem(timer.key)
        guard id == Self.takingOver(timer.functionID) else { return try open([id]) }
        let version = catalog.queueRules(of: timer.functionID)?.version ?? 0
        while let lane = try staleLane(of: timer.functionID, version: version) {
            guard mayAdmit() else { return wake(id, of: timer.functionID, at: now) }
            try takeOver(lane)
        }
    }
}
