import Wire

/// What the commands of a batch are going to ask of rules: loaded at once, where asking over a network one by one
/// would take a round trip for each event. What is missing costs time and nothing else.
package struct Foresight {
    fileprivate(set) var footprint = Footprint()
    fileprivate(set) var keys: Set<IdempotencyKey> = []
    /// How many slots of each gate are going to be let go.
    fileprivate(set) var releases: [GateID: Int] = [:]

    /// The keys of all functions that an event is going to start.
    mutating func note(_ event: Event, of transaction: Transaction) {
        let now = transaction.now
        for function in transaction.catalog.functions(startedBy: event, at: now).functions {
            guard function.pausedAt == nil else { continue }
            let flow = function.config.flow
            for (rule, key) in flow.remembered {
                footprint.rules.insert(KeyValue(key, of: event, at: now).key(of: rule, in: function.id))
            }
            if let id = event.senderID {
                let value = flow.batch == nil ? id : "batch:\(id)"
                keys.insert(IdempotencyKey(function: function.id, value: value))
            }
            // What is collected comes into the queue later.
            guard flow.batch == nil, flow.debounce == nil, event.time <= now else { continue }
            note(startOf: function, event, of: transaction)
        }
    }

    private mutating func note(startOf function: FunctionRecord, _ event: Event, of transaction: Transaction) {
        guard let rules = transaction.catalog.queueRules(of: function.id) else { return }
        var run: RunFlow?
        rules.evaluate(&run, event: { event.json }, now: transaction.now)
        let gates = rules.rules(forStart: true).compactMap { $0.gate(for: run) }
        for gate in gates { footprint.gates[gate] = run?.keys.first { $0.gate == gate }?.name ?? "" }
        footprint.lanes.insert(
            LaneID(function: function.id, version: rules.version, isStart: rules.rulesForStarts, gates: gates))
    }

    /// What an open call lets go of when its answer is there, and its run, which may end with it.
    ///
    /// - Parameter mayEnd: whether its run may end with it, and all that is queued for it is let go.
    mutating func note(slotsOf call: QueueItem.Key, mayEnd: Bool, of transaction: Transaction) {
        guard let id = call.run, let run = transaction.runs[id], run.flow != nil else { return }
        let slots = transaction.queue[call]?.slots ?? []
        let slotsAtEnd = [run.slot].compactMap { $0 }
        for gate in slots + slotsAtEnd { footprint.gates[gate] = "" }
        for gate in mayEnd ? slots + slotsAtEnd : slots { releases[gate, default: 0] += 1 }
        if mayEnd { footprint.queues.insert(id) }
    }
}

extension FlowControl {
    /// The rules that remember something of an event before its run starts, with the expressions of their keys.
    fileprivate var remembered: [(rule: RuleKey.Rule, key: String?)] {
        if let batch { return [(.batch, batch.key)] }
        return [
            idempotency.map { (.idempotency, $0) }, rateLimit.map { (.rateLimit, $0.key) },
            debounce.map { (.debounce, $0.key) }, singleton.map { (.singleton, $0.key) },
        ].compactMap { $0 }
    }
}

extension Transaction {
    /// Loads what commands are going to ask of rules.
    func foresee(_ commands: [any Command]) throws {
        var foresight = Foresight()
        for command in commands { command.foresee(in: &foresight, of: self) }
        if !foresight.footprint.isEmpty { try load(foresight.footprint) }
        try look(at: foresight.keys)
        try readBacklogs(foresight.releases)
    }
}
