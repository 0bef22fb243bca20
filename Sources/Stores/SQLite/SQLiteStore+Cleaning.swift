import Engine
import JSON
import Wire

/// Retention: what has expired is deleted in bounded slices.
extension SQLiteStore {
    package func clean(_ cleaning: Cleaning) throws -> Bool {
        var hasMore = try deleteExpired("idempotency", key: "function_id, value", cleaning)
        hasMore = try deleteExpired("rule_states", key: "function_id, rule, key", cleaning) || hasMore
        hasMore = try deleteIdleGates(cleaning) || hasMore
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

    // MARK: Gates

    private static let cleanedGates = "cleaned_gates"

    /// Looks at all gates, slice by slice: an index of those that are idle would be changed with each call.
    private func deleteIdleGates(_ cleaning: Cleaning) throws -> Bool {
        let cursor = try setting(Self.cleanedGates) ?? ""
        let looked = try connection.statement(
            "SELECT id, \(Columns.isIdleGate) FROM gates WHERE id > ? ORDER BY id LIMIT ?"
        ).map(.int(cleaning.idleBefore), .text(cursor), .int(Int64(cleaning.limit))) {
            (id: $0.text(0), isIdle: $0.int(1) == 1)
        }
        for gate in looked where gate.isIdle {
            try connection.statement("DELETE FROM gates WHERE id = ?").run(.text(gate.id))
        }
        let hasMore = looked.count == cleaning.limit
        let next = hasMore ? looked.last?.id ?? "" : ""
        if next != cursor { try set(Self.cleanedGates, to: next) }
        return hasMore
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
        for id in run.eventIDs where try !isNeeded(id) {
            let old = try connection.statement(
                "SELECT \(OldEvent.columns) FROM events WHERE id = ? AND received_at < ?"
            ).map(.id(id), .time(horizon)) { OldEvent($0) }.compactMap { $0 }
            for event in old where try !isCollected(event) { try delete(event) }
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
            SELECT \(OldEvent.columns) FROM events WHERE (received_at, id) > (?, ?) AND received_at < ?
            ORDER BY received_at, id LIMIT ?
            """
        ).map(
            .int(Int64(cursor.first ?? "") ?? 0), .text(cursor.count > 1 ? cursor[1] : ""), .time(horizon),
            .int(Int64(cleaning.limit))
        ) { OldEvent($0) }.compactMap { $0 }
        for event in old {
            // What is still collected is looked at again when it has started a run.
            if try isCollected(event) { return false }
            if try !isNeeded(event.id) { try delete(event) }
            try set(Self.cleanedEvents, to: "\(event.receivedAt.milliseconds) \(event.id)")
        }
        return old.count == cleaning.limit
    }

    private func isCollected(_ event: OldEvent) throws -> Bool {
        try ruleStates(event.collections).contains { $0.heldEvents.contains(event.id) }
    }

    private func delete(_ event: OldEvent) throws {
        try connection.statement("DELETE FROM events WHERE id = ?").run(.id(event.id))
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
