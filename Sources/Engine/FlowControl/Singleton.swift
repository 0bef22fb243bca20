import JSON
import Wire

extension Transaction {
    /// Starts a function that has one live run for each value of its key at most.
    ///
    /// - Parameters:
    ///   - events: the first has the key.
    ///   - batch: what collected them.
    func startAlone(
        _ events: [Event], _ rule: Singleton, _ function: FunctionRecord, _ cause: RunCause, batch: ULID? = nil
    ) throws -> Admission {
        let event = events[0]
        let value = KeyValue(rule.key, of: event, at: now)
        let key = value.key(of: .singleton, in: function.id)
        if rule.mode == .skip, let holder = try holder(of: key) {
            return .stopped(try skipSingleton(function, events, cause, batch, held: (value, holder)))
        }
        // The id before the cancelling: the same event again must not end what it has started.
        if batch == nil, let stop = try isKnown(event, to: function) { return .stopped(stop) }
        try cancelHolder(of: key, for: event)
        return .started(try start(function, with: events, cause: cause, batch: batch, singleton: key))
    }

    /// Starts a run with what was collected, unless the function is a singleton that skips it.
    func startCollected(_ events: [Event], _ function: FunctionRecord, _ cause: RunCause, batch: ULID) throws {
        guard let rule = function.config.flow.singleton else {
            _ = try start(function, with: events, cause: cause, batch: batch)
            return
        }
        guard case .stopped = try startAlone(events, rule, function, cause, batch: batch) else { return }
        for event in events { try refuseInvoker(of: event.internalID, "the function is a singleton") }
    }

    /// The live run that holds a lock.
    func holder(of key: RuleKey) throws -> ULID? {
        guard let id = try ruleState(key)?.value["run"]?.string.flatMap(ULID.init), let run = try run(id),
            !run.hasEnded
        else { return nil }
        return id
    }

    /// Ends the run that holds a lock, in favour of one that an event starts. Its end may start another one that takes
    /// the lock at once.
    func cancelHolder(of key: RuleKey, for event: Event) throws {
        while let holder = try holder(of: key), var run = try run(holder) {
            try end(
                &run, .cancelled, output: nil,
                detail: [
                    "event": .string(event.name), "event_id": .string(event.internalID.description),
                    "reason": "singleton", "text": "a newer run of the singleton took its place",
                ])
        }
    }

    func lock(_ key: RuleKey, for run: ULID) {
        put(RuleState(key: key, value: ["run": .string(run.description)]))
    }

    /// Gives the lock of a run that has ended back.
    func unlock(_ run: Run) throws {
        guard let hash = run.singleton else { return }
        let key = RuleKey(function: run.functionID, rule: .singleton, hash: hash)
        if try ruleState(key)?.value["run"]?.string == run.id.description { removeRuleState(key) }
    }

    private func skipSingleton(
        _ function: FunctionRecord, _ events: [Event], _ cause: RunCause, _ batch: ULID?,
        held: (value: KeyValue, holder: ULID)
    ) throws -> Decision {
        let state: JSON = [
            "expression": function.config.flow.singleton?.key.map(JSON.string),
            "holder": .string(held.holder.description), "key": held.value.shown,
        ]
        let run = skip(
            function, events, cause, batch: batch, by: .singleton,
            text: "the run \(held.holder) of the singleton was under way", state: state)
        return Decision(function: function.id, gate: .singleton, run: run, state: state)
    }
}
