import Engine
import JSON
import Wire

/// What came of events, and bulk jobs.
extension Queries {
    package func outcome(of event: ULID) throws -> EventOutcome? {
        guard let stored = try events([event]).first else { return nil }
        var query = RunQuery(limit: Limits.runsPerEvent)
        query.event = event
        let runs = try runs(query).elements.reversed()
        var collections: [ULID: EventOutcome.Collection] = [:]
        var laterEvents: [ULID: ULID] = [:]
        for decision in stored.decisions {
            guard let batch = decision.batch else { continue }
            collections[batch] = try collection(batch, decision, event)
            laterEvents[batch] = try eventDebounced(in: batch, collections[batch], decision).flatMap {
                $0 == event ? nil : $0
            }
        }
        return EventOutcome(
            event: stored, runs: Array(runs), collections: collections, laterEvents: laterEvents)
    }

    /// The event that a debounce holds, or has started its run with.
    private func eventDebounced(
        in batch: ULID, _ collection: EventOutcome.Collection?, _ decision: Decision
    ) throws -> ULID? {
        guard decision.gate == .debounce else { return nil }
        switch collection {
        case .started(let run)?, .stopped(let run, _)?: return run.eventIDs.last
        case .open?:
            return try ruleKey(decision).flatMap { try debouncing($0) }.flatMap { $0.id == batch ? $0.event : nil }
        case nil: return nil
        }
    }

    private func debouncing(_ key: RuleKey) throws -> Debouncing? {
        try connection.statement("SELECT state FROM rule_states WHERE function_id = ? AND rule = ? AND key = ?")
            .map(.text(key.function.description), .text(key.rule.rawValue), .text(key.hash)) { $0.json(0) }
            .first.flatMap { $0 }.flatMap { Debouncing(value: $0) }
    }

    private func ruleKey(_ decision: Decision) -> RuleKey? {
        guard let hash = decision.hash, let rule = RuleKey.Rule(rawValue: decision.gate.rawValue) else { return nil }
        return RuleKey(function: decision.function, rule: rule, hash: hash)
    }

    private func collection(
        _ batch: ULID, _ decision: Decision, _ event: ULID
    ) throws -> EventOutcome.Collection? {
        // One that was made smaller has started several.
        let runs = try connection.statement(
            "SELECT \(Columns.run) FROM runs WHERE batch_id = ? AND rerun_of IS NULL ORDER BY id"
        ).map(.id(batch)) { Columns.run($0) }.compactMap { $0 }
        if let run = runs.first(where: { $0.eventIDs.contains(event) }) ?? runs.first {
            guard run.status == .skipped else { return .started(run) }
            let stop = try history(of: run.id).lazy.compactMap { Decision($0, of: run) }.first
            return stop.map { .stopped(run, by: $0) } ?? .started(run)
        }
        guard let rule = ruleKey(decision) else { return nil }
        // The run may be deleted, and the key collect others by now.
        if rule.rule == .debounce, try debouncing(rule)?.id != batch { return nil }
        let key = QueueItem.Key.rule(rule)
        return try connection.statement("SELECT due_at FROM queue WHERE scope = ? AND item = ?")
            .map(.text(Columns.scope(key)), .text(Columns.item(key))) { Columns.time($0, 0) }
            .first.flatMap { $0 }.map { .open(until: $0) }
    }

    package func job(_ id: ULID) throws -> BulkJob? {
        try connection.statement("SELECT \(Columns.job) FROM jobs WHERE id = ?").map(.id(id)) { Columns.job($0) }.first
            ?? nil
    }

    package func jobs(_ kind: BulkJob.Kind, before: ULID?, limit: Int) throws -> Page<BulkJob> {
        let rows = try connection.statement(
            "SELECT \(Columns.job) FROM jobs WHERE kind = ? AND id < ? ORDER BY id DESC LIMIT ?"
        ).map(.text(kind.rawValue), .id(before ?? ULID(.max)), .int(Int64(limit + 1))) { Columns.job($0) }
            .compactMap { $0 }
        return Page(elements: Array(rows.prefix(limit)), hasMore: rows.count > limit)
    }

    package func jobRuns(_ job: ULID, refused: Bool, after: ULID?, limit: Int) throws -> Page<BulkJobRun> {
        let rows = try connection.statement(
            """
            SELECT run_id, new_run_id, error FROM job_runs WHERE job_id = ? AND run_id > ?
            \(refused ? "AND error IS NOT NULL" : "") ORDER BY run_id LIMIT ?
            """
        ).map(.id(job), .id(after ?? ULID(0)), .int(Int64(limit + 1))) { row in
            ULID(row.text(0)).map {
                BulkJobRun(
                    job: job, run: $0, newRun: row.optionalText(1).flatMap(ULID.init), error: row.optionalText(2))
            }
        }.compactMap { $0 }
        return Page(elements: Array(rows.prefix(limit)), hasMore: rows.count > limit)
    }

    package func jobResults(_ job: ULID, limit: Int) throws -> [Run.Status: Int] {
        let counts = try connection.statement(
            """
            SELECT runs.status, COUNT(*) FROM (
                SELECT new_run_id FROM job_runs WHERE job_id = ? AND new_run_id IS NOT NULL ORDER BY run_id LIMIT ?
            ) AS started JOIN runs ON runs.id = started.new_run_id GROUP BY runs.status
            """
        ).map(.id(job), .int(Int64(limit))) { row in Run.Status(rawValue: row.int(0)).map { ($0, row.int(1)) } }
        return Dictionary(uniqueKeysWithValues: counts.compactMap { $0 })
    }
}
