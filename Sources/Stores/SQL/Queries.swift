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

    /// Queries on a store's own connection: its thread alone may use them, between transactions.
    package init(_ store: PostgresStore) throws {
        connection = try store.connection()
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

    package func queueDepth(at now: Timestamp) throws -> Int {
        try connection.statement(
            """
            SELECT COUNT(*) FROM (
                SELECT 1 FROM queue WHERE lease IS NULL AND work < 2 AND stage = 0 AND rank <= ?
                UNION ALL SELECT 1 FROM queue WHERE lane IS NOT NULL
                LIMIT \(Limits.countedQueue)
            ) AS waiting
            """
        ).map(.time(now)) { $0.int(0) }.first ?? 0
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
        if let last = query.before {
            // When it came, or about when if it has been deleted meanwhile.
            let received = try connection.statement("SELECT received_at FROM events WHERE id = ?").map(.id(last)) {
                Timestamp(milliseconds: $0.int64(0))
            }.first
            filter.add("(received_at, id) < (?, ?)", [.time(received ?? last.time), .id(last)])
        }
        filter.add("received_at >= ?", query.since.map { .time($0) })
        filter.add("received_at < ?", query.until.map { .time($0) })
        filter.add("name = ?", query.name.map { .text($0) })
        if !query.includesInternal { filter.add("name NOT LIKE ?", .text(InternalEvent.prefix + "%")) }
        let ids = try connection.statement(
            "SELECT id FROM events \(filter.clause) ORDER BY received_at DESC, id DESC LIMIT ?"
        ).map(filter.values + [.int(Int64(query.limit + 1))]) { ULID($0.text(0)) }.compactMap { $0 }
        var events: [StoredEvent] = []
        var bytes = 0
        for id in ids.prefix(query.limit) {
            guard bytes <= query.maximumBytes else { return Page(elements: events, hasMore: true) }
            for event in try self.events([id]) {
                bytes += event.event.json.bytes.count
                events.append(event)
            }
        }
        return Page(elements: events, hasMore: ids.count > query.limit)
    }

    package func events(_ ids: [ULID]) throws -> [StoredEvent] {
        let statement = try connection.statement("SELECT \(Columns.event) FROM events WHERE id = ?")
        return try ids.flatMap { try statement.map(.id($0)) { Columns.event($0) } }.compactMap { $0 }
    }

    package func eventNames(_ ids: [ULID]) throws -> [ULID: String] {
        let statement = try connection.statement("SELECT name FROM events WHERE id = ?")
        var names: [ULID: String] = [:]
        for id in ids { names[id] = try statement.map(.id(id)) { $0.text(0) }.first }
        return names
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

    package func timers(after now: Timestamp, limit: Int) throws -> [QueueItem] {
        // The conditions of the partial indexes, to the letter, so that SQLite uses them.
        let items = try [
            "lease IS NULL AND work < 2 AND stage = 0", "(stage = 1 OR (work >= 2 AND work <> 5))",
            "lease IS NULL AND work = 5 AND stage = 0",
        ].flatMap { condition in
            try connection.statement(
                "SELECT \(Columns.queueItem) FROM queue WHERE \(condition) AND rank > ? ORDER BY rank, scope, item LIMIT ?"
            ).map(.time(now), .int(Int64(limit))) { Columns.queueItem($0) }.compactMap { $0 }
        }
        return Array(items.sorted { $0.dueAt < $1.dueAt }.prefix(limit))
    }

    package func waitCounts() throws -> [WaitCount] {
        let live = try connection.statement(
            "SELECT event_name, COUNT(*) FROM waits WHERE event_name IS NOT NULL AND cancels = 0 GROUP BY event_name ORDER BY event_name"
        ).map { ($0.text(0), $0.int(1)) }
        // A wait without an expression stands under the same key, and every event of its name is right for it.
        let unindexed = try connection.statement(
            """
            SELECT COUNT(*) FROM wait_keys k JOIN waits w ON w.run_id = k.run_id AND w.step_id = k.step_id
            WHERE k.event_name = ? AND k.path = '' AND w.expression IS NOT NULL AND w.cancels = 0
            """)
        return try live.map { name, count in
            WaitCount(
                eventName: name, live: count, unindexed: try unindexed.map(.text(name)) { $0.int(0) }.first ?? 0)
        }
    }
}
