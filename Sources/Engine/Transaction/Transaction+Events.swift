import Wire

// Events, what rules remember of them, and bulk jobs.
extension Transaction {
    // MARK: Events

    /// Makes an event known here. It is stored when what came of it is decided.
    package func insert(_ event: Event) {
        events[event.internalID] = event
    }

    package func store(_ event: Event, _ decisions: [Decision]) {
        appended.events.append(StoredEvent(event: event, receivedAt: now, decisions: decisions))
    }

    package func events(_ ids: [ULID]) throws -> [Event] {
        let missing = ids.filter { events[$0] == nil }
        if !missing.isEmpty {
            for event in try store.events(missing) { events[event.internalID] = event }
        }
        return ids.compactMap { events[$0] }
    }

    /// Takes a key. Returns false where it is taken.
    package func take(_ key: IdempotencyKey, for period: Duration) throws -> Bool {
        guard !usedKeys.contains(key) else { return false }
        guard try freeKeys.contains(key) || store.usedIdempotencyKeys([key], at: now).isEmpty else { return false }
        usedKeys.insert(key)
        appended.idempotencyKeys.append((key, now + period))
        return true
    }

    /// Looks at once at keys that are going to be taken.
    func look(at keys: Set<IdempotencyKey>) throws {
        guard !keys.isEmpty else { return }
        let used = try store.usedIdempotencyKeys(Array(keys), at: now)
        usedKeys.formUnion(used)
        freeKeys.formUnion(keys.subtracting(used))
    }

    // MARK: Rules

    /// What a rule remembers for a value of its key.
    package func ruleState(_ key: RuleKey) throws -> RuleState? {
        try ruleStates.row(key) { try store.ruleStates([key]).first }
    }

    package func put(_ state: RuleState) { ruleStates.put(state, at: state.key) }

    package func removeRuleState(_ key: RuleKey) { ruleStates.remove(key) }

    func ruleStates(of function: NameUUID, rule: RuleKey.Rule, after hash: String, limit: Int) throws -> [RuleState] {
        try flush()
        return try store.ruleStates(of: function, rule: rule, after: hash, limit: limit)
    }

    // MARK: Jobs

    package func job(_ id: ULID) throws -> BulkJob? {
        try jobs.row(id) { try store.jobs([id]).first }
    }

    package func put(_ job: BulkJob) { jobs.put(job, at: job.id) }

    package func insert(_ run: BulkJobRun) {
        appended.jobRuns.append(run)
    }

    func scanRuns(_ scan: RunScan) throws -> [ULID] {
        try flush()
        return try store.scanRuns(scan)
    }
}
