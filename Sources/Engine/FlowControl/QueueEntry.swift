import JSON
import Wire

/// How a call comes into the queue of a function with rules: it is ready if all its gates have room, and holds a slot
/// of each from then on; else it is parked in its lane. Gates that are passed one after the other would let calls hold
/// slots that they can't use yet.
extension Transaction {
    /// Queues work of a run. Only calls to the app are held up by rules.
    package func enqueue(_ item: QueueItem, of run: inout Run) throws {
        var item = item
        (item.stage, item.lead, item.flowVersion) = (.ready, .zero, 0)
        guard item.work.isCall, let rules = catalog.queueRules(of: run.functionID) else { return put(item) }
        try evaluate(rules, for: &run)
        let priority = run.flow?.priority ?? 0
        if priority < 0 { item.dueAt = item.dueAt + .seconds(-priority) }
        guard item.dueAt <= now else {
            item.stage = .coming
            item.flowVersion = rules.version
            return put(item)
        }
        item.lead = .seconds(max(0, priority))
        try admit(&item, of: &run, rules)
    }

    /// A call whose time lay ahead is due.
    func arrive(_ item: QueueItem) throws {
        guard let id = item.key.run, var run = try run(id), !run.hasEnded else { return removeQueueItem(item.key) }
        var item = item
        try enter(&item, of: &run)
        update(run)
    }

    /// Tests a call that is due, by the rules as they are now.
    func enter(_ item: inout QueueItem, of run: inout Run) throws {
        guard let rules = catalog.queueRules(of: run.functionID) else {
            item.stage = .ready
            item.flowVersion = 0
            return put(item)
        }
        try evaluate(rules, for: &run)
        let priority = run.flow?.priority ?? 0
        // What was queued while its app was removed is put off when there is a rule again.
        let earliest = item.queuedAt + .seconds(max(0, -priority))
        if item.work.isCall, earliest > now {
            (item.stage, item.dueAt, item.flowVersion) = (.coming, earliest, rules.version)
            return put(item)
        }
        item.lead = .seconds(max(0, priority))
        try admit(&item, of: &run, rules)
    }

    func evaluate(_ rules: QueueRules, for run: inout Run) throws {
        let eventIDs = Array(run.eventIDs.prefix(1))
        try rules.evaluate(&run.flow, event: { try events(eventIDs).first?.json }, now: now)
    }

    private func admit(_ item: inout QueueItem, of run: inout Run, _ rules: QueueRules) throws {
        // Where nothing is asked of starts alone, they stand in line with all others.
        let isStart = run.isStart(item) && rules.rulesForStarts
        // A request that the orchestrator makes itself waits for nothing but the end of a pause.
        let passed = item.work.isCall ? rules.rules(forStart: isStart) : []
        let gates = passed.compactMap { $0.gate(for: run.flow) }
        item.flowVersion = rules.version
        try know(gates, names: run.flow)
        let lane = Lane(
            id: LaneID(function: run.functionID, version: rules.version, isStart: isStart, gates: gates),
            functionID: run.functionID, version: rules.version, isStart: isStart, gates: gates, waitsOn: "",
            head: item.rank)
        if let obstacle = try obstacle(of: lane, rules) {
            try park(&item, in: lane, behind: obstacle)
        } else {
            try take(lane, for: &item, of: &run, rules)
        }
    }

    /// Takes a slot of each gate. The slot of a limit of runs stays with the run, the others go with the call.
    func take(_ lane: Lane, for item: inout QueueItem, of run: inout Run, _ rules: QueueRules) throws {
        item.stage = .ready
        item.slots = []
        for (rule, id) in zip(rules.rules(forStart: lane.isStart), lane.gates) {
            var gate = try gate(id)
            gate.held += 1
            put(gate)
            if rule.kind == .runConcurrency { run.slot = id } else { item.slots.append(id) }
        }
        put(item)
    }

    /// Whether a call may be leased: by the rules as they are now, and not by those that it was admitted under.
    func mayBeLeased(_ item: inout QueueItem, of run: inout Run) throws -> Bool {
        let rules = catalog.queueRules(of: run.functionID)
        if try item.flowVersion != rules?.version ?? 0 || isOverdrawn(item, rules) {
            try giveBack(&item, of: &run)
            try enter(&item, of: &run)
            update(run)
            guard item.stage == .ready else { return false }
        }
        if run.isStart(item), let throttle = rules?.rules.first(where: { $0.kind == .throttle }) {
            try begin(&item, of: run, throttle)
        }
        return true
    }

    /// Whether more hold a limit by now than it has: another function has come to share it, with calls that were open,
    /// or states a higher one.
    private func isOverdrawn(_ item: QueueItem, _ rules: QueueRules?) throws -> Bool {
        try rules?.rules.contains { rule in
            try rule.scope != .function
                && item.slots.contains { id in
                    try id.belongs(to: rule.fingerprint) && gate(id).held > rule.limit
                }
        } ?? false
    }

    private func giveBack(_ item: inout QueueItem, of run: inout Run) throws {
        var slots = item.slots
        if run.isStart(item), let slot = run.slot {
            slots.append(slot)
            run.slot = nil
        }
        item.slots = []
        put(item)
        update(run)
        try letGo(slots)
    }

    /// The call that begins a run is made: from now on it counts for the throttle's pace.
    private func begin(_ item: inout QueueItem, of run: Run, _ throttle: QueueRule) throws {
        guard let pace = throttle.pace, let id = throttle.gate(for: run.flow), item.slots.contains(id) else { return }
        var gate = try gate(id)
        pace.use(&gate, at: now)
        put(gate)
        item.slots.removeAll { $0 == id }
        if gate.isAwaited { setTimer(for: gate, pace, function: run.functionID) }
    }
}

extension Run {
    /// Whether a call of it begins it.
    func isStart(_ item: QueueItem) -> Bool { status == .scheduled && item.work == .discover }
}
