import Engine
import JSON
import Wire

/// The queries of the API, on one connection.
package struct Queries {
    let connection: any QueryConnection

    init(_ connection: some QueryConnection) {
        self.connection = connection
    }

    /// Queries on a store's own connection: its thread alone may use them.
    package init(_ store: SQLiteStore) {
        connection = store.connection
    }

    package func runs(_ query: RunQuery) throws -> Page<Run> {
        var filter = Filter()
        filter.add("id < ?", query.before.map { .id($0) })
        filter.add("id >= ?", query.since.map { .id(ULID(time: $0, random: 0)) })
        filter.add("id < ?", query.until.map { .id(ULID(time: $0, random: 0)) })
        if let event = query.event {
            filter.add(
                "(event_id = ? OR id IN (SELECT run_id FROM run_events WHERE event_id = ?))",
                [.id(event), .id(event)])
        }
        if !query.statuses.isEmpty { filter.add("status", among: query.statuses.map { .int(Int64($0.rawValue)) }) }
        if let functions = query.functions { filter.add("function_id", among: functions.map { .text($0.description) }) }
        let rows = try connection.statement(
            "SELECT \(Columns.run) FROM runs \(filter.clause) ORDER BY id DESC LIMIT ?"
        ).map(filter.values + [.int(Int64(query.limit + 1))]) { Columns.run($0) }.compactMap { $0 }
        return Page(elements: Array(rows.prefix(query.limit)), hasMore: rows.count > query.limit)
    }

    package func run(_ id: ULID) throws -> Run? {
        try connection.statement("SELECT \(Columns.run) FROM runs WHERE id = ?").map(.id(id)) { Columns.run($0) }.first
            ?? nil
    }

    package func timeline(_ id: ULID) throws -> Timeline? {
        guard let run = try run(id) else { return nil }
        let queue = try connection.statement("SELECT \(Columns.queueItem) FROM queue WHERE scope = ? ORDER BY due_at")
            .map(.id(id)) { Columns.queueItem($0) }.compactMap { $0 }
        return Timeline(
            run: run, events: try events(run.eventIDs), steps: try steps(of: id), history: try history(of: id),
            queue: queue,
            waits: try connection.statement("SELECT \(Columns.wait) FROM waits w WHERE run_id = ?")
                .map(.id(id)) { Columns.wait($0) }.compactMap { $0 },
            defers: try defers(of: id), standings: try queue.compactMap { try standing(of: $0) })
    }

    package func defers(of run: ULID) throws -> [Defer] {
        try connection.statement("SELECT \(Columns.deferred) FROM defers WHERE run_id = ? ORDER BY number")
            .map(.id(run)) { Columns.deferred($0) }.compactMap { $0 }
    }

    package func stepInputs(of run: ULID) throws -> [StepInput] {
        try connection.statement("SELECT run_id, step_id, input FROM step_inputs WHERE run_id = ? ORDER BY step_id")
            .map(.id(run)) { Columns.stepInput($0) }.compactMap { $0 }
    }

    package func history(of run: ULID) throws -> [HistoryEntry] {
        try connection.statement("SELECT \(Columns.history) FROM history WHERE run_id = ? ORDER BY number")
            .map(.id(run)) { Columns.history($0) }.compactMap { $0 }
    }

    package func steps(of run: ULID) throws -> [Step] {
        try connection.statement("SELECT \(Columns.step) FROM steps WHERE run_id = ? ORDER BY position")
            .map(.id(run)) { Columns.step($0) }.compactMap { $0 }
    }

    package func events(_ query: EventQuery) throws -> Page<StoredEvent> {
        var filter = Filter()
        filter.add("id < ?", query.before.map { .id($0) })
        filter.add("id >= ?", query.since.map { .id(ULID(time: $0, random: 0)) })
        filter.add("id < ?", query.until.map { .id(ULID(time: $0, random: 0)) })
        filter.add("name = ?", query.name.map { .text($0) })
        if !query.includesInternal { filter.add("name NOT LIKE ?", .text(InternalEvent.prefix + "%")) }
        let rows = try connection.statement(
            "SELECT \(Columns.event) FROM events \(filter.clause) ORDER BY id DESC LIMIT ?"
        ).map(filter.values + [.int(Int64(query.limit + 1))]) { Columns.event($0) }.compactMap { $0 }
        return Page(elements: Array(rows.prefix(query.limit)), hasMore: rows.count > query.limit)
    }

    package func events(_ ids: [ULID]) throws -> [StoredEvent] {
        let statement = try connection.statement("SELECT \(Columns.event) FROM events WHERE id = ?")
        return try ids.flatMap { try statement.map(.id($0)) { Columns.event($0) } }.compactMap { $0 }
    }

    package func apps() throws -> [AppRecord] {
        try connection.statement("SELECT \(Columns.app) FROM apps ORDER BY name").map { Columns.app($0) }
    }

    package func functions() throws -> [FunctionRecord] {
        try connection.statement("SELECT \(Columns.function) FROM functions").map { Columns.function($0) }
            .compactMap { $0 }
    }

    package func cronItems() throws -> [QueueItem] {
        try connection.statement("SELECT \(Columns.queueItem) FROM queue WHERE work = 4 AND scope LIKE 'cron:%'")
            .map { Columns.queueItem($0) }.compactMap { $0 }
    }

    package func waitCounts() throws -> [WaitCount] {
        let live = try connection.statement(
            "SELECT event_name, COUNT(*) FROM waits WHERE event_name IS NOT NULL GROUP BY event_name ORDER BY event_name"
        ).map { ($0.text(0), $0.int(1)) }
        // A wait without an expression stands under the same key, and every event of its name is right for it.
        let unindexed = try connection.statement(
            """
            SELECT COUNT(*) FROM wait_keys k JOIN waits w ON w.run_id = k.run_id AND w.step_id = k.step_id
            WHERE k.event_name = ? AND k.path = '' AND w.expression IS NOT NULL
            """)
        return try live.map { name, count in
            WaitCount(
                eventName: name, live: count, unindexed: try unindexed.map(.text(name)) { $0.int(0) }.first ?? 0)
        }
    }
}

/// The conditions of a query, and what is bound to them.
private struct Filter {
    private var conditions: [String] = []
    private(set) var values: [ColumnValue] = []

    mutating func add(_ condition: String, _ value: ColumnValue?) {
        guard let value else { return }
        conditions.append(condition)
        values.append(value)
    }

    mutating func add(_ condition: String, _ bound: [ColumnValue]) {
        conditions.append(condition)
        values += bound
    }

    mutating func add(_ column: String, among allowed: [ColumnValue]) {
        conditions.append("\(column) IN (\(Array(repeating: "?", count: allowed.count).joined(separator: ", ")))")
        values += allowed
    }

    var clause: String { conditions.isEmpty ? "" : "WHERE " + conditions.joined(separator: " AND ") }
}
