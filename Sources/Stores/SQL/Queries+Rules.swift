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
        for decision in stored.decisions {
            if let batch = decision.batch { collections[batch] = try collection(batch, decision, event) }
        }
        return EventOutcome(event: stored, runs: Array(runs), collections: collections)
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
        guard let hash = decision.hash, let rule = RuleKey.Rule(rawValue: decision.gate.rawValue) else { return nil }
        let key = QueueItem.Key.rule(RuleKey(function: decision.function, rule: rule, hash: hash))
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
