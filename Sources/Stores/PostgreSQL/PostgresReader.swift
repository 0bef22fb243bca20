import Engine
import Foundation
import Synchronization
import Wire

/// Reads beside the engine's connection, each from one moment of the database, on a few connections with a thread
/// each.
package final class PostgresReader: Reads {
    private let jobs: Jobs

    /// - Parameter connections: how many reads may be under way at once; others wait for their turn.
    package init(_ address: PostgresAddress, connections: Int = 4) {
        jobs = Jobs()
        for number in 0..<connections {
            let thread = Thread { [jobs] in Self.work(jobs, address) }
            thread.name = "postgres-reader-\(number)"
            thread.stackSize = 4 << 20
            thread.start()
        }
    }

    deinit { jobs.end() }

    private static func work(_ jobs: Jobs, _ address: PostgresAddress) {
        var connection: PostgresConnection?
        while let job = jobs.next() {
            connection?.look()
            if connection?.isLost ?? true { connection = nil }
            do {
                let open = try connection ?? PostgresConnection(address)
                connection = open
                job(.success(open))
            } catch {
                job(.failure(error))
            }
        }
    }

    private func read<Value: Sendable>(_ body: @escaping @Sendable (Queries) throws -> Value) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            let isTaken = jobs.add { connection in
                continuation.resume(
                    with: Result {
                        let connection = try connection.get()
                        return try connection.reading { try body(Queries(connection)) }
                    })
            }
            if !isTaken { continuation.resume(throwing: TooManyReads()) }
        }
    }

    // MARK: Reads

    package func runs(_ query: RunQuery) async throws -> Page<Run> { try await read { try $0.runs(query) } }

    package func runs(_ ids: [ULID]) async throws -> [Run] { try await read { try $0.runs(ids) } }

    package func runCounts(_ query: RunQuery, limit: Int) async throws -> [Run.Status: Int] {
        try await read { try $0.runCounts(query, limit: limit) }
    }

    package func runTimes(
        of function: NameUUID, since: Timestamp, until: Timestamp, limit: Int
    ) async throws -> [RunTimes] {
        try await read { try $0.runTimes(of: function, since: since, until: until, limit: limit) }
    }

    package func backlog(of function: NameUUID, at now: Timestamp, limit: Int) async throws -> Int {
        try await read { try $0.backlog(of: function, at: now, limit: limit) }
    }

    package func timers(after now: Timestamp, limit: Int) async throws -> [QueueItem] {
        try await read { try $0.timers(after: now, limit: limit) }
    }

    package func failureGroups(_ query: FailureQuery) async throws -> FailureGroups {
        try await read { try $0.failureGroups(query) }
    }

    package func eventNames(_ ids: [ULID]) async throws -> [ULID: String] {
        try await read { try $0.eventNames(ids) }
    }

    package func outcome(of event: ULID) async throws -> EventOutcome? { try await read { try $0.outcome(of: event) } }

    package func job(_ id: ULID) async throws -> BulkJob? { try await read { try $0.job(id) } }

    package func jobs(_ kind: BulkJob.Kind, before: ULID?, limit: Int) async throws -> Page<BulkJob> {
        try await read { try $0.jobs(kind, before: before, limit: limit) }
    }

    package func jobRuns(_ job: ULID, refused: Bool, after: ULID?, limit: Int) async throws -> Page<BulkJobRun> {
        try await read { try $0.jobRuns(job, refused: refused, after: after, limit: limit) }
    }

    package func jobResults(_ job: ULID, limit: Int) async throws -> [Run.Status: Int] {
        try await read { try $0.jobResults(job, limit: limit) }
    }

    package func queueDepth(at now: Timestamp) async throws -> Int { try await read { try $0.queueDepth(at: now) } }

    package func run(_ id: ULID) async throws -> Run? { try await read { try $0.run(id) } }

    package func timeline(_ id: ULID) async throws -> Timeline? { try await read { try $0.timeline(id) } }

    package func events(_ query: EventQuery) async throws -> Page<StoredEvent> {
        try await read { try $0.events(query) }
    }

    package func events(_ ids: [ULID]) async throws -> [StoredEvent] { try await read { try $0.events(ids) } }

    package func steps(of run: ULID) async throws -> [Step] { try await read { try $0.steps(of: run) } }

    package func stepInputs(of run: ULID) async throws -> [StepInput] { try await read { try $0.stepInputs(of: run) } }

    package func apps() async throws -> [AppRecord] { try await read { try $0.apps() } }

    package func functions() async throws -> [FunctionRecord] { try await read { try $0.functions() } }

    package func cronItems() async throws -> [QueueItem] { try await read { try $0.cronItems() } }

    /// The orchestrators that share the database, the oldest first.
    package func nodes() async throws -> [NodeRecord] { try await read { try $0.nodes() } }

    package func waitCounts() async throws -> [WaitCount] { try await read { try $0.waitCounts() } }
}

/// Reads that wait for a connection: a bounded queue that several threads take from.
private final class Jobs: Sendable {
    typealias Job = @Sendable (Result<PostgresConnection, any Error>) -> Void

    /// More reads than this don't wait.
    static let capacity = 1000

    private let state = Mutex(State())
    private let signal = DispatchSemaphore(value: 0)

    private struct State {
        var jobs: [Job] = []
        var isEnded = false
    }

    /// Returns false where there are too many already.
    func add(_ job: @escaping Job) -> Bool {
        let isTaken = state.withLock { state in
            guard !state.isEnded, state.jobs.count < Self.capacity else { return false }
            state.jobs.append(job)
            return true
        }
        if isTaken { signal.signal() }
        return isTaken
    }

    /// The next job, when there is one; nil at the end.
    func next() -> Job? {
        signal.wait()
        return state.withLock { $0.jobs.isEmpty ? nil : $0.jobs.removeFirst() }
    }

    func end() {
        state.withLock { $0.isEnded = true }
        // Who waits finds nothing, and wakes the next.
        for _ in 0..<64 { signal.signal() }
    }
}

/// More reads than the database is asked at once.
package struct TooManyReads: Error, CustomStringConvertible {
    package var description: String { "too many reads are waiting for the database: try again in a second" }
}
