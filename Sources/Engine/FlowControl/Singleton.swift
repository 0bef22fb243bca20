import JSON
import Wire

extension Transaction {
    /// Starts a function that has one live run for each value of its key at most.
    func startAlone(
        _ event: Event, _ rule: Singleton, _ function: FunctionRecord, _ cause: RunCause, batch: ULID? = nil
    ) throws -> Admission {
        let value = KeyValue(rule.key, of: event, at: now)
        let key = value.key(of: .singleton, in: function.id)
        if rule.mode == .skip, let holder = try holder(of: key) {
            return .stopped(try skipSingleton(function, event, cause, batch, held: (value, holder)))
        }
        // The id before the cancelling: the same event again must not end what it has started.
        if batch == nil, let stop = try isKnown(event, to: function) { return .stopped(stop) }
        try cancelHolder(of: key, for: event)
        return .started(try start(function, with: [event], cause: cause, batch: batch, singleton: key))
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
        _ function: FunctionRecord, _ event: Event, _ cause: RunCause, _ batch: ULID?,
        held: (value: KeyValue, holder: ULID)
    ) throws -> Decision {
        let state: JSON = [
            "expression": function.config.flow.singleton?.key.map(JSON.string),
            "holder": .string(held.holder.description), "key": held.value.shown,
        ]
        let run = skip(
            function, event, cause, batch: batch, by: .singleton,
            text: "the run \(held.holder) of the singleton was under way", state: state)
        return Decision(function: function.id, gate: .singleton, run: run, state: state)
    }
}
