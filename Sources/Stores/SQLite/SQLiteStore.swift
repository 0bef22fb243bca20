import CSQLite
import Engine
import JSON
import Wire

/// The embedded store: one SQLite file that one process owns.
///
/// When a transaction returns, it is on disk: the log is written ahead (WAL) and synced at each commit
/// (`synchronous=FULL`). Used by one thread at a time.
package final class SQLiteStore: Store {
    let connection: SQLiteConnection
    private let lock: FileLock?
    /// What is done before each commit, for tests: if it throws, the transaction has not happened.
    package var beforeCommit: (() throws -> Void)?

    /// Opens a file, makes it where there is none, and brings its schema up to date.
    ///
    /// - Throws: ``FileInUse`` where another process has it open, ``SchemaTooNew``, ``SQLiteError``.
    package init(path: String, durability: Durability = .full) throws {
        lock = try FileLock(path: path + ".lock")
        try FileLock.makePrivateFile(path: path)
        connection = try SQLiteConnection(path: path)
        try connection.execute("PRAGMA journal_mode = WAL")
        try connection.execute("PRAGMA synchronous = \(durability.rawValue)")
        // Deleted queue rows need no shredding; Debian's build shreds by default.
        try connection.execute("PRAGMA secure_delete = OFF; PRAGMA wal_autocheckpoint = 4000")
        guard try connection.pragma("synchronous") == durability.level else {
            throw SQLiteError(code: SQLITE_ERROR, message: "synchronous could not be set", sql: "PRAGMA synchronous")
        }
        try SQLiteSchema.migrate(connection)
    }

    /// A store in memory, for tests: it goes when this object goes.
    package init() throws {
        lock = nil
        connection = try SQLiteConnection(path: ":memory:")
        try SQLiteSchema.migrate(connection)
    }

    /// What a commit promises.
    package enum Durability: String, Sendable {
        /// It survives a crash of the machine.
        case full = "FULL"
        /// It survives nothing: for state that is thrown away at the end.
        case none = "OFF"

        fileprivate var level: Int { self == .full ? 2 : 0 }
    }

    package func transaction<Result>(_ body: () throws -> Result) throws -> Result {
        try connection.transaction {
            let result = try body()
            try beforeCommit?()
            return result
        }
    }

    // MARK: Apps

    package func apps() throws -> [AppRecord] {
        try connection.statement("SELECT \(Columns.app) FROM apps").map { Columns.app($0) }
    }

    package func functions() throws -> [FunctionRecord] {
        try connection.statement("SELECT \(Columns.function) FROM functions").map { Columns.readFunction($0) }
            .compactMap { try $0.get() }
    }

    // MARK: Runs

    package func runs(_ ids: [ULID]) throws -> [Run] {
        let statement = try connection.statement("SELECT \(Columns.run) FROM runs WHERE id = ?")
        return try ids.flatMap { try statement.map(.id($0)) { Columns.run($0) } }.compactMap { $0 }
    }

    package func events(_ ids: [ULID]) throws -> [Event] {
        let statement = try connection.statement("SELECT \(Columns.event) FROM events WHERE id = ?")
        return try ids.flatMap { try statement.map(.id($0)) { Columns.event($0)?.event } }.compactMap { $0 }
    }

    package func steps(of run: ULID) throws -> [Step] {
        try connection.statement("SELECT \(Columns.step) FROM steps WHERE run_id = ? ORDER BY position")
            .map(.id(run)) { Columns.step($0) }.compactMap { $0 }
    }

    package func stack(of run: ULID) throws -> [StepID] {
        try connection.statement("SELECT id FROM steps WHERE run_id = ? ORDER BY position")
            .map(.id(run)) { StepID(hash: $0.text(0)) }
    }

    package func finishedSteps(among keys: [StepKey]) throws -> Set<StepKey> {
        let statement = try connection.statement("SELECT 1 FROM steps WHERE run_id = ? AND id = ?")
        return Set(try keys.filter { try !statement.map(.id($0.run), .text($0.step.hash)) { _ in () }.isEmpty })
    }

    // MARK: Queue

    package func queueItems(_ keys: [QueueItem.Key]) throws -> [QueueItem] {
        let statement = try connection.statement("SELECT \(Columns.queueItem) FROM queue WHERE scope = ? AND item = ?")
        return try keys.flatMap { key in
            try statement.map(.text(Columns.scope(key)), .text(Columns.item(key))) { Columns.queueItem($0) }
        }.compactMap { $0 }
    }

    package func dueItems(_ kind: QueueItem.Kind, at now: Timestamp, limit: Int) throws -> [QueueItem] {
        try connection.statement(
            """
            SELECT \(Columns.queueItem) FROM queue WHERE \(Self.condition(kind)) AND rank <= ?
            ORDER BY rank, scope, item LIMIT ?
            """
        ).map(.time(now), .int(Int64(limit))) { Columns.queueItem($0) }.compactMap { $0 }
    }

    package func earliestDue(_ kind: QueueItem.Kind) throws -> Timestamp? {
        try connection.statement("SELECT MIN(rank) FROM queue WHERE \(Self.condition(kind))")
            .map { Columns.time($0, 0) }.first ?? nil
    }

    /// One process owns the file: what is leased and not held by it was held by one that is gone.
    package func lostItems(held: Set<ULID>, ofOthers: Bool) throws -> [QueueItem] {
        try connection.statement("SELECT \(Columns.queueItem) FROM queue WHERE lease IS NOT NULL ORDER BY lease")
            .map { Columns.queueItem($0) }.compactMap { $0 }.filter { $0.lease.map { !held.contains($0) } ?? false }
    }

    package func cronItems(of function: NameUUID) throws -> [QueueItem] {
        try connection.statement("SELECT \(Columns.queueItem) FROM queue WHERE function_id = ? AND work = 4")
            .map(.text(function.description)) { Columns.queueItem($0) }.compactMap { $0 }
    }

    /// The conditions of the partial indexes, to the letter, so that SQLite uses them.
    private static func condition(_ kind: QueueItem.Kind) -> String {
        switch kind {
        case .call: "lease IS NULL AND work < 2 AND stage = 0"
        case .timer: "(stage = 1 OR (work >= 2 AND work <> 5))"
        case .fetch: "lease IS NULL AND work = 5 AND stage = 0"
        }
    }

    // MARK: Waits

    package func waits(_ keys: [StepKey]) throws -> [Wait] {
        let statement = try connection.statement("SELECT \(Columns.wait) FROM waits w WHERE run_id = ? AND step_id = ?")
        return try keys.flatMap { try statement.map(.id($0.run), .text($0.step.hash)) { Columns.wait($0) } }
            .compactMap { $0 }
    }

    package func waitPaths(eventName: String) throws -> [String] {
        // From one path to the next in the index: the cost is the number of paths, not of waits.
        let statement = try connection.statement(
            "SELECT path FROM wait_keys WHERE event_name = ? AND path > ? ORDER BY path LIMIT 1")
        let any = try connection.statement("SELECT path FROM wait_keys WHERE event_name = ? AND path = '' LIMIT 1")
        var paths = try any.map(.text(eventName)) { $0.text(0) }
        while let next = try statement.map(.text(eventName), .text(paths.last ?? ""), row: { $0.text(0) }).first {
            paths.append(next)
        }
        return paths
    }

    package func waits(eventName: String, index keys: [Wait.IndexKey]) throws -> [Wait] {
        let statement = try connection.statement(
            """
            SELECT \(Columns.wait) FROM wait_keys k JOIN waits w ON w.run_id = k.run_id AND w.step_id = k.step_id
            WHERE k.event_name = ? AND k.path = ? AND k.value = ?
            """)
        var found: Set<StepKey> = []
        var waits: [Wait] = []
        for key in keys {
            for case let wait? in try statement.map(
                .text(eventName), .text(key.path), .text(key.value), row: { Columns.wait($0) })
            where found.insert(wait.key).inserted { waits.append(wait) }
        }
        return waits
    }

    // MARK: Idempotency

    package func usedIdempotencyKeys(_ keys: [IdempotencyKey], at now: Timestamp) throws -> Set<IdempotencyKey> {
        let statement = try connection.statement(
            "SELECT 1 FROM idempotency WHERE function_id = ? AND value = ? AND expires_at > ?")
        return Set(
            try keys.filter {
                try !statement.map(.text($0.function.description), .text($0.value), .time(now)) { _ in () }.isEmpty
            })
    }

    // MARK: Settings

    /// A value that outlives the process, such as where the clock stands.
    package func setting(_ name: String) throws -> String? {
        try connection.statement("SELECT value FROM settings WHERE name = ?").map(.text(name)) { $0.text(0) }.first
    }

    package func set(_ name: String, to value: String) throws {
        try connection.statement("INSERT OR REPLACE INTO settings (name, value) VALUES (?, ?)")
            .run(.text(name), .text(value))
    }
}
