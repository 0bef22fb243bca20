import Engine
import JSON
import Wire

/// Retention: what has expired is deleted in bounded slices.
extension SQLiteStore {
    package func clean(_ cleaning: Cleaning) throws -> Bool {
        var hasMore = try deleteExpired("idempotency", key: "function_id, value", cleaning)
        hasMore = try deleteExpired("rule_states", key: "function_id, rule, key", cleaning) || hasMore
        guard let horizon = cleaning.horizon else { return hasMore }
        hasMore = try deleteRuns(endedBefore: horizon, cleaning) || hasMore
        hasMore = try deleteEvents(receivedBefore: horizon, cleaning) || hasMore
        return try deleteJobs(endedBefore: horizon, cleaning) || hasMore
    }

    private func deleteExpired(_ table: String, key: String, _ cleaning: Cleaning) throws -> Bool {
        let deleted: [Void] = try connection.statement(
            """
            DELETE FROM \(table) WHERE (\(key)) IN (SELECT \(key) FROM \(table) WHERE expires_at <= ? LIMIT ?)
            RETURNING 1
            """
        ).map(.time(cleaning.now), .int(Int64(cleaning.limit))) { _ in () }
        return deleted.count == cleaning.limit
    }

    // MARK: Runs

    private func deleteRuns(endedBefore horizon: Timestamp, _ cleaning: Cleaning) throws -> Bool {
        let ended = try connection.statement(
            """
            SELECT \(Columns.runWithoutOutput) FROM runs r WHERE ended_at < ? AND \(Columns.isLetGo)
            ORDER BY ended_at LIMIT ?
            """
        ).map(.time(horizon), .int(Int64(cleaning.limit))) { Columns.run($0) }.compactMap { $0 }
        var rows = 0
        for (index, run) in ended.enumerated() {
            // A run may have thousands of rows.
            if index > 0, rows >= cleaning.limit { return true }
            rows += 1 + run.stepCount + run.historyCount
            try delete(run, horizon)
        }
        return ended.count == cleaning.limit
    }

    private func delete(_ run: Run, _ horizon: Timestamp) throws {
        for table in Self.tablesOfRuns {
            try connection.statement("DELETE FROM \(table) WHERE run_id = ?").run(.id(run.id))
        }
        try connection.statement("DELETE FROM runs WHERE id = ?").run(.id(run.id))
        for event in run.eventIDs {
            try connection.statement("DELETE FROM run_events WHERE event_id = ? AND run_id = ?")
                .run(.id(event), .id(run.id))
        }
        for event in run.eventIDs where try !isNeeded(event) {
            try connection.statement("DELETE FROM events WHERE id = ? AND received_at < ?").run(
                .id(event), .time(horizon))
        }
    }

    /// What goes with a run. Its waits and queue items went when it ended.
    private static let tablesOfRuns = ["steps", "history", "step_requests", "step_inputs", "defers", "failures"]

    private func isNeeded(_ event: ULID) throws -> Bool {
        try !connection.statement(
            "SELECT 1 FROM runs WHERE event_id = ? UNION ALL SELECT 1 FROM run_events WHERE event_id = ? LIMIT 1"
        ).map(.id(event), .id(event)) { _ in () }.isEmpty
    }

    // MARK: Events

    private static let cleanedEvents = "cleaned_events"

    /// Looks once at each event that has become too old. One that a run needs goes with its run.
    private func deleteEvents(receivedBefore horizon: Timestamp, _ cleaning: Cleaning) throws -> Bool {
        let cursor = (try setting(Self.cleanedEvents) ?? "0 ").split(separator: " ", maxSplits: 1).map(String.init)
        let old = try connection.statement(
            """
            SELECT \(Columns.event) FROM events WHERE (received_at, id) > (?, ?) AND received_at < ?
            ORDER BY received_at, id LIMIT ?
            """
        ).map(
            .int(Int64(cursor.first ?? "") ?? 0), .text(cursor.count > 1 ? cursor[1] : ""), .time(horizon),
            .int(Int64(cleaning.limit))
        ) { Columns.event($0) }.compactMap { $0 }
        for stored in old {
            let id = stored.event.internalID
            // What is still collected is looked at again when it has started a run.
            if try isCollected(stored) { return false }
            if try !isNeeded(id) { try connection.statement("DELETE FROM events WHERE id = ?").run(.id(id)) }
            try set(Self.cleanedEvents, to: "\(stored.receivedAt.milliseconds) \(id)")
        }
        return old.count == cleaning.limit
    }

    private func isCollected(_ stored: StoredEvent) throws -> Bool {
        for decision in stored.decisions {
            guard let hash = decision.hash, let rule = RuleKey.Rule(rawValue: decision.gate.rawValue),
                let value = try ruleStates([RuleKey(function: decision.function, rule: rule, hash: hash)]).first?.value
            else { continue }
            let id = JSON.string(stored.event.internalID.description)
            if value["event"] == id || value["events"]?.elements.contains(id) == true { return true }
        }
        return false
    }

    // MARK: Jobs

    private func deleteJobs(endedBefore horizon: Timestamp, _ cleaning: Cleaning) throws -> Bool {
        let old = try connection.statement("SELECT id FROM jobs WHERE ended_at < ? ORDER BY id LIMIT 1")
            .map(.time(horizon)) { $0.text(0) }
        guard let id = old.first else { return false }
        let deleted: [Void] = try connection.statement(
            """
            DELETE FROM job_runs WHERE (job_id, run_id) IN (SELECT job_id, run_id FROM job_runs WHERE job_id = ? LIMIT ?)
            RETURNING 1
            """
        ).map(.text(id), .int(Int64(cleaning.limit))) { _ in () }
        if deleted.count < cleaning.limit { try connection.statement("DELETE FROM jobs WHERE id = ?").run(.text(id)) }
        return true
    }
}
