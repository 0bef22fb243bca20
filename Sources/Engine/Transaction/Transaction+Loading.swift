import Wire

// What is loaded before a batch begins, in one go.
extension Transaction {
    /// Begins with what commands say that they need, and with the catalog as it is now.
    ///
    /// - Parameter clock: looked at whenever something may have been waited for, so that of two transactions that meet,
    ///   the one that is let in later is the later one.
    func begin(_ commands: [any Command], contested: Set<ULID>, clock: () -> Timestamp) throws {
        var footprint = Footprint(runs: contested)
        for command in commands { command.name(in: &footprint) }
        try load(footprint)
        now = clock()
        let version = try store.catalogVersion()
        if version != catalog.version { catalog = try Catalog(store) }
        guard loadsAhead else { return }
        try foresee(commands)
        now = max(now, clock())
    }

    /// Loads rows in one go, where that is cheaper than one after the other.
    package func load(_ footprint: Footprint) throws {
        guard let rows = try store.load(footprint) else { return }
        loadsAhead = true
        for run in rows.runs where runs[run.id] == nil { runs[run.id] = run }
        for event in rows.events { events[event.internalID] = event }
        let items = Dictionary(rows.queueItems.map { ($0.key, $0) }) { first, _ in first }
        for key in footprint.queueItems where !queue.knows(key) { queue.note(items[key], at: key) }
        for run in footprint.queues where wholeQueues[run] == nil { wholeQueues[run] = [] }
        for item in rows.queues {
            if let run = item.key.run { wholeQueues[run]?.insert(item.key) }
            if !queue.knows(item.key) { queue.note(item, at: item.key) }
        }
        let waits = Dictionary(rows.waits.map { ($0.key, $0) }) { first, _ in first }
        for key in footprint.waits where !self.waits.knows(key) { self.waits.note(waits[key], at: key) }
        for key in footprint.steps where finished[key] == nil { finished[key] = rows.finishedSteps.contains(key) }
        for run in footprint.stacks where runs[run]?.fitsCall != false { stacks[run] = rows.stacks[run] ?? [] }
        for name in footprint.waitPaths { waitPaths[Array(name.utf8)] = [] }
        for (name, path) in rows.waitPaths { waitPaths[Array(name.utf8), default: []].append(WaitPath(path)) }
        for name in footprint.waitKeys.keys { waitsByKey[name] = [:] }
        for (name, key, wait) in rows.waitsByKey { waitsByKey[name, default: [:]][key, default: []].append(wait) }
        for gate in rows.gates where gates[gate.id] == nil { gates[gate.id] = gate }
        for (id, name) in footprint.gates where gates[id] == nil { gates[id] = Gate(id: id, name: name) }
        let lanes = Dictionary(rows.lanes.map { ($0.id, $0) }) { first, _ in first }
        for id in footprint.lanes where !self.lanes.knows(id) { self.lanes.note(lanes[id], at: id) }
        let states = Dictionary(rows.rules.map { ($0.key, $0) }) { first, _ in first }
        for key in footprint.rules where !ruleStates.knows(key) { ruleStates.note(states[key], at: key) }
    }
}
