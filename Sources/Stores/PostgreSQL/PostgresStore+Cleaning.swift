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
        hasMore = try deleteIdleGates(cleaning) || hasMore
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

    // MARK: Gates

    private static let cleanedGates = "cleaned_gates"

    /// Looks at all gates, slice by slice: an index of those that are idle would be changed with each call. One that
    /// another node has locked stays until the next time.
    private func deleteIdleGates(_ cleaning: Cleaning) throws -> Bool {
        let cursor = try setting(Self.cleanedGates) ?? ""
        let isIdle = Columns.isIdleGate.replacing("?", with: "$1")
        let before = PostgresParameter.value(.int(cleaning.idleBefore))
        let limit = min(cleaning.limit, Locks.forCleaning)
        let looked = try connection().rows(
            "SELECT id, CASE WHEN \(isIdle) THEN 1 ELSE 0 END FROM gates WHERE id > $2 ORDER BY id LIMIT $3",
            [before, .text(cursor), .int(limit)]
        ) { (id: $0.text(0), isIdle: $0.int(1) == 1) }
        let idle = looked.filter { $0.isIdle }.map { GateID(stored: $0.id) }
        if !idle.isEmpty {
            let free = try lockFree(names: idle.map { Self.name(of: $0) })
            let deleted = idle.filter { free.contains(Self.name(of: $0)) }.map(\.description)
            // Before it was locked, somebody may have used it.
            _ = try change("DELETE FROM gates WHERE id = ANY ($2::text[]) AND \(isIdle)", before, .texts(deleted))
        }
        let hasMore = looked.count == limit
        let next = hasMore ? looked.last?.id ?? "" : ""
        if next != cursor { try set(Self.cleanedGates, to: next) }
        return hasMore
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
        let old = try connection().rows(
            "SELECT \(OldEvent.columns) FROM events WHERE id = ANY ($1::text[]) AND received_at < $2",
            [.ids(Set(slice.flatMap(\.eventIDs))), .value(.time(horizon))]
        ) { OldEvent($0) }
        let collected = try collected(old)
        try delete(old.filter { !collected.contains($0.id) })
        return slice.count < ended.count || ended.count == cleaning.limit
    }

    // MARK: Events

    private static let cleanedEvents = "cleaned_events"

    /// Looks once at each event that has become too old. One that a run needs goes with its run.
    private func deleteEvents(receivedBefore horizon: Timestamp, _ cleaning: Cleaning) throws -> Bool {
        let cursor = (try setting(Self.cleanedEvents) ?? "0 ").split(separator: " ", maxSplits: 1).map(String.init)
        let old = try connection().rows(
            """
            SELECT \(OldEvent.columns) FROM events WHERE (received_at, id) > ($1, $2) AND received_at < $3
            ORDER BY received_at, id LIMIT $4
            """,
            [
                .value(.int(Int64(cursor.first ?? "") ?? 0)), .text(cursor.count > 1 ? cursor[1] : ""),
                .value(.time(horizon)), .int(cleaning.limit),
            ]
        ) { OldEvent($0) }
        // What is still collected is looked at again when it has started a run.
        let collected = try collected(old)
        let done = Array(old.prefix { !collected.contains($0.id) })
        guard let last = done.last else { return false }
        try delete(done)
        try set(Self.cleanedEvents, to: "\(last.receivedAt.milliseconds) \(last.id)")
        return collected.isEmpty && old.count == cleaning.limit
    }

    /// Looks without a lock: who ends a collection has its run in the same transaction, and what is deleted is deleted
    /// later, where no run needs it.
    private func collected(_ events: [OldEvent]) throws -> Set<ULID> {
        let keys = Set(events.flatMap(\.collections))
        guard !keys.isEmpty else { return [] }
        let states = try connection().rows(Self.ruleStatesByKey, .rules(Array(keys))) { Self.ruleState($0) }
        return Set(states.flatMap(\.heldEvents))
    }

    /// Deletes those that no run needs.
    private func delete(_ events: [OldEvent]) throws {
        _ = try change(
            """
            DELETE FROM events e WHERE id = ANY ($1::text[])
                AND NOT EXISTS (SELECT 1 FROM runs r WHERE r.event_id = e.id)
                AND NOT EXISTS (SELECT 1 FROM run_events r WHERE r.event_id = e.id)
            """, .ids(events.map(\.id)))
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
