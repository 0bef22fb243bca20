import Engine
import JSON
import Wire

/// Retention: what has expired is deleted in bounded slices, by one node at a time.
extension PostgresStore {
    package func clean(_ cleaning: Cleaning) throws -> Bool {
        let isFree = try connection().rows(
            "SELECT pg_try_advisory_xact_lock(hashtextextended(current_schema(), 7203))"
        ) { $0.int(0) == 1 }.first
        guard isFree == true else { return false }
        var hasMore = try deleteExpired("idempotency", key: "function_id, value", cleaning)
        hasMore = try deleteExpired("rule_states", key: "function_id, rule, key", cleaning) || hasMore
        guard let horizon = cleaning.horizon else { return hasMore }
        hasMore = try deleteRuns(endedBefore: horizon, cleaning) || hasMore
        hasMore = try deleteEvents(receivedBefore: horizon, cleaning) || hasMore
        return try deleteJobs(endedBefore: horizon, cleaning) || hasMore
    }

    /// Runs a statement, and returns how many rows it has changed.
    private func change(_ sql: String, _ parameters: PostgresParameter...) throws -> Int {
        var count = 0
        try connection().send(sql, parameters) { count = PostgresConnection.changed($0) }
        try connection().drain()
        return count
    }

    private func deleteExpired(_ table: String, key: String, _ cleaning: Cleaning) throws -> Bool {
        try change(
            """
            DELETE FROM \(table) WHERE (\(key)) IN (
                SELECT \(key) FROM \(table) WHERE expires_at <= $1 LIMIT $2 FOR UPDATE SKIP LOCKED)
            """, .value(.time(cleaning.now)), .int(cleaning.limit)) == cleaning.limit
    }

    // MARK: Runs

    private func deleteRuns(endedBefore horizon: Timestamp, _ cleaning: Cleaning) throws -> Bool {
        let ended = try connection().rows(
            """
            SELECT \(Columns.runWithoutOutput) FROM runs r WHERE ended_at < $1 AND \(Columns.isLetGo)
            ORDER BY ended_at LIMIT $2 FOR UPDATE SKIP LOCKED
            """, [.value(.time(horizon)), .int(cleaning.limit)]
        ) { Columns.run($0) }
        var (rows, slice): (Int, [Run]) = (0, [])
        for run in ended {
            // A run may have thousands of rows.
            if !slice.isEmpty, rows >= cleaning.limit { break }
            rows += 1 + run.stepCount + run.historyCount
            slice.append(run)
        }
        guard !slice.isEmpty else { return false }
        let ids = PostgresParameter.ids(slice.map(\.id))
        for table in ["steps", "history", "step_requests", "step_inputs", "defers", "failures"] {
            _ = try change("DELETE FROM \(table) WHERE run_id = ANY ($1::text[])", ids)
        }
        _ = try change("DELETE FROM runs WHERE id = ANY ($1::text[])", ids)
        // By both columns of their key: what is looked for by the second one alone is looked for everywhere.
        try send(
            StoreTable.runEvents.delete, .runEvents,
            slice.flatMap { run in run.eventIDs.dropFirst().map { [.id($0), .id(run.id)] } })
        _ = try change(
            "DELETE FROM events e WHERE id = ANY ($1::text[]) AND received_at < $2 AND NOT (\(Self.isNeeded))",
            .ids(Set(slice.flatMap(\.eventIDs))), .value(.time(horizon)))
        return slice.count < ended.count || ended.count == cleaning.limit
    }

    private static let isNeeded = """
        EXISTS (SELECT 1 FROM runs r WHERE r.event_id = e.id)
        OR EXISTS (SELECT 1 FROM run_events r WHERE r.event_id = e.id)
        """

    // MARK: Events

    private static let cleanedEvents = "cleaned_events"

    /// Looks once at each event that has become too old. One that a run needs goes with its run.
    private func deleteEvents(receivedBefore horizon: Timestamp, _ cleaning: Cleaning) throws -> Bool {
        let cursor = (try setting(Self.cleanedEvents) ?? "0 ").split(separator: " ", maxSplits: 1).map(String.init)
        let old = try connection().rows(
            """
            SELECT \(Columns.event) FROM events WHERE (received_at, id) > ($1, $2) AND received_at < $3
            ORDER BY received_at, id LIMIT $4
            """,
            [
                .value(.int(Int64(cursor.first ?? "") ?? 0)), .text(cursor.count > 1 ? cursor[1] : ""),
                .value(.time(horizon)), .int(cleaning.limit),
            ]
        ) { Columns.event($0) }
        // What is still collected is looked at again when it has started a run.
        let collected = try old.firstIndex { try isCollected($0) }
        let done = old[..<(collected ?? old.endIndex)]
        guard let last = done.last else { return false }
        _ = try change(
            "DELETE FROM events e WHERE id = ANY ($1::text[]) AND NOT (\(Self.isNeeded))",
            .ids(done.map(\.event.internalID)))
        try set(Self.cleanedEvents, to: "\(last.receivedAt.milliseconds) \(last.event.internalID)")
        return collected == nil && old.count == cleaning.limit
    }

    /// Looks without a lock: nothing is collected for as long as events are kept.
    private func isCollected(_ stored: StoredEvent) throws -> Bool {
        for decision in stored.decisions {
            guard let hash = decision.hash, let rule = RuleKey.Rule(rawValue: decision.gate.rawValue),
                let value = try connection().rows(
                    Self.ruleStatesByKey, .rules([RuleKey(function: decision.function, rule: rule, hash: hash)]),
                    row: { Self.ruleState($0) }
                ).first?.value
            else { continue }
            let id = JSON.string(stored.event.internalID.description)
            if value["event"] == id || value["events"]?.elements.contains(id) == true { return true }
        }
        return false
    }

    // MARK: Jobs

    private func deleteJobs(endedBefore horizon: Timestamp, _ cleaning: Cleaning) throws -> Bool {
        let old = try connection().rows(
            "SELECT id FROM jobs WHERE ended_at < $1 ORDER BY id LIMIT 1", [.value(.time(horizon))]
        ) { $0.text(0) }
        guard let id = old.first else { return false }
        let deleted = try change(
            """
            DELETE FROM job_runs WHERE (job_id, run_id) IN (SELECT job_id, run_id FROM job_runs WHERE job_id = $1 LIMIT $2)
            """, .text(id), .int(cleaning.limit))
        if deleted < cleaning.limit { _ = try change("DELETE FROM jobs WHERE id = $1", .text(id)) }
        return true
    }
}
