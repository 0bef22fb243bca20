import CLibPQ
import Engine
import JSON
import Wire

/// A store on a PostgreSQL server, which any number of orchestrators may share. Used by one thread at a time.
///
/// Transactions are READ COMMITTED and lock what they change: a run is locked when it is loaded, and what belongs to
/// it is read after that, by a statement of its own, which sees everything that was committed before the lock was
/// had. At its beginning a transaction waits for the rows that it names, in the order of their ids; later it never
/// waits for a run: it is broken off with ``StoreConflict``, which names the run, and begins again. So nobody waits
/// for a run or a limit of somebody who waits for him.
///
/// All transactions share the database; one that changes functions, and one that others were in the way of too often,
/// has it alone (`PostgresStore+Locks.swift`).
package final class PostgresStore: Store {
    private let address: PostgresAddress
    private let schema: PostgresSchema
    /// Whose leases this store writes.
    let node: ULID
    private var current: PostgresConnection?
    /// Whether this transaction has loaded anything yet.
    private var hasBegun = false
    private var isInTransaction = false
    private var version: Int64 = 0
    /// What is done before each commit, for tests: if it throws, the transaction has not happened.
    package var beforeCommit: (() throws -> Void)?
    /// What is done before something is written, for tests: what has been read is locked, as far as it must be.
    package var beforeWrite: (() throws -> Void)?
    var locks = Locks()
    /// The time at which idempotency keys were looked at in this transaction.
    private var keysReadAt: Timestamp?

    /// Connects and brings the schema up to date.
    ///
    /// - Parameter isMigrating: whether it may change the schema; otherwise it has to be as it should be.
    /// - Throws: ``PostgresError``, ``PostgresUnfit``, ``SchemaTooNew``, ``SchemaInUse``.
    package init(
        _ address: PostgresAddress, node: ULID, schema: PostgresSchema = .current, isMigrating: Bool = true
    ) throws {
        self.address = address
        self.schema = schema
        self.node = node
        let connection = try PostgresConnection(address)
        try connection.prepareForEngine()
        if isMigrating { try schema.migrate(connection) } else { try schema.verify(connection) }
        current = connection
    }

    /// The connection, a new one where the old is lost.
    func connection() throws -> PostgresConnection {
        if !isInTransaction { current?.look() }
        if let current, !current.isLost { return current }
        guard !isInTransaction else {
            throw PostgresError(code: "", message: "the connection was lost in a transaction", sql: "")
        }
        current = nil
        let connection = try PostgresConnection(address)
        try connection.prepareForEngine()
        current = connection
        return connection
    }

    /// Breaks the connection off as the end of this process would, for tests. The server hears of it.
    package func loseConnection() { current?.breakOff() }

    /// Round trips to the server since the connection was made.
    package var roundTrips: Int { current?.roundTrips ?? 0 }

    // MARK: Transactions

    package func transaction<Result>(_ body: () throws -> Result) throws -> Result {
        let connection = try connection()
        (isInTransaction, hasBegun, keysReadAt) = (true, false, nil)
        defer { isInTransaction = false }
        do {
            try connection.begin()
            try beginLocks(connection)
            try readVersions(connection)
            let result = try body()
            try beforeCommit?()
            try connection.commit()
            locks = Locks()
            return result
        } catch {
            let failure = translated(error)
            connection.rollBack()
            locks.end(failure as? StoreConflict)
            throw failure
        }
    }

    /// Of the catalog, and of the schema: it may have been taken away from under a node that was cut off.
    private func readVersions(_ connection: PostgresConnection) throws {
        try connection.send(
            "SELECT c.version, s.version, s.minimum FROM catalog c, schema_version s", isDecisive: true
        ) { [unowned self] in
            let found = PostgresConnection.elements($0) { ($0.int64(0), (number: $0.int(1), minimum: $0.int(2))) }.first
            version = found?.0 ?? 0
            if let found { try schema.check(found.1) }
        }
    }

    /// Who was in the way may be gone soon. Who still is after the longest wait for a lock is no conflict: the same
    /// would take as long again.
    private func translated(_ error: any Error) -> any Error {
        guard let error = error as? PostgresError, error.isConflict, !hasWaitedForLock(error) else { return error }
        return StoreConflict("another orchestrator was in the way: \(error.message)")
    }

    private func hasWaitedForLock(_ error: PostgresError) -> Bool {
        error.code == "55P03" && (current?.lastRoundTrip ?? .zero) >= address.patience.lock
    }

    package func catalogVersion() throws -> Int64 {
        if isInTransaction { try connection().drain() }
        return version
    }

    /// Takes a new version of apps and functions. No other transaction is under way that has read the old one, nor has
    /// leased anything that can't be seen.
    func raiseCatalogVersion() throws {
        let known = try catalogVersion()
        try haveAlone()
        try connection().send(
            "UPDATE catalog SET version = version + 1 WHERE version = $1 RETURNING version", [.value(.int(known))],
            isDecisive: true
        ) { [unowned self] in
            guard let raised = PostgresConnection.elements($0, { $0.int64(0) }).first else {
                throw StoreConflict("another orchestrator has changed the functions")
            }
            version = raised
        }
    }

    // MARK: Loading

    package func load(_ footprint: Footprint) throws -> LoadedRows? {
        let connection = try connection()
        let rows = PendingRows()
        try lock(footprint.runs) { rows.value.runs = $0 }
        try lock(names: names(of: footprint))
        try sendLoads(of: footprint, on: connection, into: rows)
        try drain(contested: footprint.runs)
        try checkNames()
        hasBegun = true
        return rows.value
    }

    /// What a load will have found when its results are there.
    final class PendingRows {
        var value = LoadedRows()
    }

    /// Waits for results. Where a run is locked by another node, it is named in the error.
    private func drain(contested: Set<ULID>) throws {
        do {
            try connection().drain()
        } catch let error as PostgresError where error.code == "55P03" && !hasWaitedForLock(error) {
            throw StoreConflict(contested: contested, "another orchestrator is at work on the same run")
        }
    }

    /// Sends the statement that locks runs and reads them.
    private func lock(_ ids: some Collection<ULID>, take: @escaping ([Run]) -> Void) throws {
        guard !ids.isEmpty else { return }
        let wait = hasBegun && isInTransaction ? " NOWAIT" : ""
        try connection().send(
            "SELECT \(Columns.run) FROM runs WHERE id = ANY ($1::text[]) ORDER BY id FOR UPDATE" + wait,
            [.ids(ids)]
        ) { take(PostgresConnection.elements($0) { Columns.run($0) }) }
    }

    package func runs(_ ids: [ULID]) throws -> [Run] {
        var runs: [Run] = []
        try lock(ids) { runs = $0 }
        try drain(contested: Set(ids))
        hasBegun = true
        return runs
    }

    package func apps() throws -> [AppRecord] {
        try connection().rows("SELECT \(Columns.app) FROM apps") { Columns.app($0) }
    }

    package func functions() throws -> [FunctionRecord] {
        try connection().rows("SELECT \(Columns.function) FROM functions") { Columns.readFunction($0) }
            .compactMap { try $0.get() }
    }

    package func events(_ ids: [ULID]) throws -> [Event] {
        try connection().rows(Self.eventsByID, [.ids(ids)]) { Columns.event($0)?.event }
    }

    package func steps(of run: ULID) throws -> [Step] {
        try connection().rows(
            "SELECT \(Columns.step) FROM steps WHERE run_id = $1 ORDER BY position", [.text(run.description)]
        ) { Columns.step($0) }
    }

    package func stack(of run: ULID) throws -> [StepID] {
        try connection().rows(
            "SELECT id FROM steps WHERE run_id = $1 ORDER BY position", [.text(run.description)]
        ) { StepID(hash: $0.text(0)) }
    }

    package func finishedSteps(among keys: [StepKey]) throws -> Set<StepKey> {
        Set(try connection().rows(Self.finishedSteps, .pairs(keys)) { Self.stepKey($0) })
    }

    package func waits(_ keys: [StepKey]) throws -> [Wait] {
        try connection().rows(Self.waitsByKey, .pairs(keys)) { Columns.wait($0) }
    }

    package func waitPaths(eventName: String) throws -> [String] {
        try connection().rows(Self.waitPaths, [.texts([eventName])]) { $0.text(1) }
    }

    package func waits(eventName: String, index keys: [Wait.IndexKey]) throws -> [Wait] {
        guard !keys.isEmpty else { return [] }
        var seen: Set<StepKey> = []
        return try connection().rows(
            Self.waitsByIndex,
            [.texts(keys.map { _ in eventName }), .texts(keys.map(\.path)), .texts(keys.map(\.value))]
        ) { Columns.wait($0) }.filter { seen.insert($0.key).inserted }
    }

    package func wait(signal: String) throws -> Wait? {
        try connection().rows(
            "SELECT \(Columns.wait) FROM waits w WHERE signal = $1 AND is_replaced = 0", [.text(signal)]
        ) { Columns.wait($0) }.first
    }

    package func stepRequests(_ keys: [StepKey]) throws -> [StepRequest] {
        try connection().rows(
            """
            SELECT \(Columns.stepRequest) FROM unnest($1::text[], $2::text[]) AS k (r, s)
            JOIN step_requests ON run_id = r AND step_id = s
            """, .pairs(keys)
        ) { Columns.stepRequest($0) }
    }

    package func stepInputs(of run: ULID) throws -> [StepInput] { try Queries(connection()).stepInputs(of: run) }

    package func defers(of run: ULID) throws -> [Defer] { try Queries(connection()).defers(of: run) }

    // MARK: Idempotency

    package func usedIdempotencyKeys(_ keys: [IdempotencyKey], at now: Timestamp) throws -> Set<IdempotencyKey> {
        keysReadAt = now
        return Set(
            try connection().rows(
                """
                SELECT k.function_id, k.value FROM unnest($1::text[], $2::text[]) AS k (function_id, value)
                JOIN idempotency i ON i.function_id = k.function_id AND i.value = k.value WHERE i.expires_at > $3
                """,
                [
                    .texts(keys.map(\.function.description)), .texts(keys.map(\.value)),
                    .value(.int(now.milliseconds)),
                ]
            ) { IdempotencyKey(function: NameUUID(stored: $0.text(0)), value: $0.text(1)) })
    }

    /// Takes keys that were free when they were looked at. One that another node has taken since is a conflict.
    func take(_ keys: [(key: IdempotencyKey, expiresAt: Timestamp)]) throws {
        guard !keys.isEmpty else { return }
        // In an order that all nodes share, so that they can't wait for each other in a circle.
        let keys = keys.sorted {
            ($0.key.function.description, $0.key.value) < ($1.key.function.description, $1.key.value)
        }
        try connection().send(
            """
            INSERT INTO idempotency (function_id, value, expires_at)
            SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[])
            ON CONFLICT (function_id, value) DO UPDATE SET expires_at = EXCLUDED.expires_at
            WHERE idempotency.expires_at <= $4
            """,
            [
                .texts(keys.map(\.key.function.description)), .texts(keys.map(\.key.value)),
                .ints(keys.map(\.expiresAt.milliseconds)), .value(.int(keysReadAt?.milliseconds ?? .max)),
            ], isDecisive: true
        ) {
            guard PostgresConnection.changed($0) == keys.count else {
                throw StoreConflict("another orchestrator has taken the same idempotency key")
            }
        }
    }

    // MARK: Settings

    package func setting(_ name: String) throws -> String? {
        try connection().rows("SELECT value FROM settings WHERE name = $1", [.text(name)]) { $0.text(0) }.first
    }

    package func set(_ name: String, to value: String) throws {
        try connection().send(
            """
            INSERT INTO settings (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = EXCLUDED.value
            """, [.text(name), .text(value)])
    }
}
