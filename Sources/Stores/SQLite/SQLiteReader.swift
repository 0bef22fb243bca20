import CSQLite
import Dispatch
import Engine
import JSON
import Synchronization
import Wire

/// Reads beside the writer, each from one moment of the database, on threads of its own.
package final class SQLiteReader: Reads {
    private let path: String
    private let queue = DispatchQueue(label: "sqlite-reader", attributes: .concurrent)
    private let idle = Mutex<[Loan]>([])

    /// - Parameter path: a file that a ``SQLiteStore`` has opened.
    package init(path: String) {
        self.path = path
    }

    /// Connections that are kept between reads.
    private static let idleConnections = 4

    private func read<Result: Sendable>(_ body: @escaping @Sendable (SQLiteConnection) throws -> Result) async throws
        -> Result
    {
        try await withCheckedThrowingContinuation { continuation in
            queue.async { [self] in
                continuation.resume(with: Swift.Result { try withConnection(body) })
            }
        }
    }

    private func withConnection<Result>(_ body: (SQLiteConnection) throws -> Result) throws -> Result {
        let loan = try idle.withLock { $0.popLast() } ?? Loan(connection: open())
        defer {
            idle.withLock { if $0.count < Self.idleConnections { $0.append(loan) } }
        }
        try loan.connection.statement("BEGIN").run()
        defer { try? loan.connection.statement("COMMIT").run() }
        return try body(loan.connection)
    }

    private func open() throws -> SQLiteConnection {
        let connection = try SQLiteConnection(path: path, readOnly: true)
        try connection.execute("PRAGMA busy_timeout = 5000")
        return connection
    }

    /// A connection that is on the shelf or with one reader, never both: the shelf's lock hands it over, and
    /// `withConnection` alone takes it out and puts it back. So one thread at a time uses it.
    private struct Loan: @unchecked Sendable {
        let connection: SQLiteConnection
    }

    // MARK: Reads

    package func runs(_ query: RunQuery) async throws -> Page<Run> {
        try await read { try Queries($0).runs(query) }
    }

    package func run(_ id: ULID) async throws -> Run? {
        try await read { try Queries($0).run(id) }
    }

    package func runs(_ ids: [ULID]) async throws -> [Run] {
        try await read { try Queries($0).runs(ids) }
    }

    package func runCounts(_ query: RunQuery, limit: Int) async throws -> [Run.Status: Int] {
        try await read { try Queries($0).runCounts(query, limit: limit) }
    }

    package func runTimes(
        of function: NameUUID, since: Timestamp, until: Timestamp, limit: Int
    ) async throws -> [RunTimes] {
        try await read { try Queries($0).runTimes(of: function, since: since, until: until, limit: limit) }
    }

    package func backlog(of function: NameUUID, at now: Timestamp, limit: Int) async throws -> Int {
        try await read { try Queries($0).backlog(of: function, at: now, limit: limit) }
    }

    package func timers(after now: Timestamp, limit: Int) async throws -> [QueueItem] {
        try await read { try Queries($0).timers(after: now, limit: limit) }
    }

    package func failureGroups(_ query: FailureQuery) async throws -> FailureGroups {
        try await read { try Queries($0).failureGroups(query) }
    }

    package func timeline(_ id: ULID) async throws -> Timeline? {
        try await read { try Queries($0).timeline(id) }
    }

    package func events(_ query: EventQuery) async throws -> Page<StoredEvent> {
        try await read { try Queries($0).events(query) }
    }

    package func events(_ ids: [ULID]) async throws -> [StoredEvent] {
        try await read { try Queries($0).events(ids) }
    }

    package func eventNames(_ ids: [ULID]) async throws -> [ULID: String] {
        try await read { try Queries($0).eventNames(ids) }
    }

    package func steps(of run: ULID) async throws -> [Step] {
        try await read { try Queries($0).steps(of: run) }
    }

    package func outcome(of event: ULID) async throws -> EventOutcome? {
        try await read { try Queries($0).outcome(of: event) }
    }

    package func job(_ id: ULID) async throws -> BulkJob? {
        try await read { try Queries($0).job(id) }
    }

    package func jobs(_ kind: BulkJob.Kind, before: ULID?, limit: Int) async throws -> Page<BulkJob> {
        try await read { try Queries($0).jobs(kind, before: before, limit: limit) }
    }

    package func jobRuns(_ job: ULID, refused: Bool, after: ULID?, limit: Int) async throws -> Page<BulkJobRun> {
        try await read { try Queries($0).jobRuns(job, refused: refused, after: after, limit: limit) }
    }

    package func jobResults(_ job: ULID, limit: Int) async throws -> [Run.Status: Int] {
        try await read { try Queries($0).jobResults(job, limit: limit) }
    }

    package func stepInputs(of run: ULID) async throws -> [StepInput] {
        try await read { try Queries($0).stepInputs(of: run) }
    }

    package func apps() async throws -> [AppRecord] {
        try await read { try Queries($0).apps() }
    }

    package func functions() async throws -> [FunctionRecord] {
        try await read { try Queries($0).functions() }
    }

    package func cronItems() async throws -> [QueueItem] {
        try await read { try Queries($0).cronItems() }
    }

    package func waitCounts() async throws -> [WaitCount] {
        try await read { try Queries($0).waitCounts() }
    }

    package func queueDepth(at now: Timestamp) async throws -> Int {
        try await read { try Queries($0).queueDepth(at: now) }
    }
}
