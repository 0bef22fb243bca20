import Engine
import Foundation
import JSON
import PostgresRig
import Rig
import Stores
import Wire

/// An engine in this process, on a file of its own, with many runs of one function queued. What is measured is how
/// fast their calls are handed out and answered: leased, answered, and the next leased, on disk.
actor QueuedEngine {
    /// A million runs, each with a key of its own, of which one may execute at a time.
    static let keyed = Task { try await QueuedEngine(runs: 1_000_000, rule: ["key": "event.data.order", "limit": 1]) }
    /// A million runs that wait for the slots of one key.
    static let crowded = Task { try await QueuedEngine(runs: 1_000_000, rule: ["key": "\"all\"", "limit": 64]) }
    /// As many runs of a function without a limit.
    static let plain = Task { try await QueuedEngine(runs: 1_000_000, rule: nil) }

    /// The same on PostgreSQL, and few of them.
    static let manyOnPostgres = Task { try await QueuedEngine(runs: 1_000_000, rule: nil, on: postgres.get()) }
    static let fewOnPostgres = Task { try await QueuedEngine(runs: 10_000, rule: nil, on: postgres.get()) }
    private static let postgres = Result { try PostgresServer() }

    private static let folder = FileManager.default.temporaryDirectory.appendingPathComponent("bench-queue-\(UUID())")
    /// Calls that are open at the same time.
    private static let room = 64
    private static let group = 1000

    private let engine: Engine
    private var now = Timestamp(milliseconds: 1_795_435_200_000)
    private var open: [Call] = []

    /// - Parameter server: where it is not a file.
    init(runs: Int, rule: JSON?, on server: PostgresServer? = nil) async throws {
        if let server {
            let address = PostgresAddress(try server.newSchema())
            engine = try Engine(store: PostgresStore(address, node: ULID(1)))
        } else {
            try FileManager.default.createDirectory(at: Self.folder, withIntermediateDirectories: true)
            engine = try Engine(
                store: SQLiteStore(path: Self.folder.appendingPathComponent("\(UUID()).sqlite").path))
        }
        let function: JSON = [
            "concurrency": rule, "id": "bench-order", "name": "order", "triggers": [["event": "bench/ordered"]],
            "steps": ["step": ["id": "step", "name": "step", "runtime": ["type": "http", "url": "http://app/order"]]],
        ]
        try perform([
            SyncApp(Registration(url: "http://app/", appName: "bench", sdk: "bench:v1", functions: [function]))
        ])
        for start in stride(from: 0, to: runs, by: Self.group) {
            try perform([IngestEvents((start..<min(start + Self.group, runs)).map(Self.event))])
        }
        try perform([], room: Self.room)
    }

    /// When all is measured.
    static func removeFiles() { try? FileManager.default.removeItem(at: folder) }

    /// Calls answered per second, each by the return of its function.
    func callsPerSecond(count: Int) throws -> Double {
        let start = ContinuousClock.now
        var answered = 0
        while answered < count {
            guard !open.isEmpty else { throw RigError("nothing is left to be called") }
            let answers = open.map {
                FinishCall($0.key, lease: $0.lease, outcome: .returned(.null), status: 200, requestVersion: 2)
            }
            answered += answers.count
            open = []
            try perform(answers, room: Self.room)
        }
        return Double(answered) / (ContinuousClock.now - start).inSeconds
    }

    private func perform(_ commands: [any Command], room: Int = 0) throws {
        now = now + .milliseconds(1)
        let batch = engine.execute(commands, now: now, room: room)
        for outcome in batch.outcomes { _ = try outcome.get() }
        open += batch.calls
    }

    private static func event(_ number: Int) -> JSON {
        ["data": ["order": .string("order-\(number)")], "name": "bench/ordered"]
    }
}
