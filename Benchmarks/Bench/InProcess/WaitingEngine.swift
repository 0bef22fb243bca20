import Engine
import Foundation
import JSON
import Rig
import Stores
import Wire

/// An engine in this process, on a file of its own, with runs that all wait for events of one name: each for another
/// value. They got there by the engine's own commands: an event, a call, an answer that reports the wait.
actor WaitingEngine {
    /// Made when they are first asked for. Each commit is synced, or none is.
    static let crowded = Task { try await WaitingEngine(waits: 250_000, durability: .full) }
    static let crowdedUnsynced = Task { try await WaitingEngine(waits: 250_000, durability: .none) }
    static let empty = Task { try await WaitingEngine(waits: 0, durability: .full) }
    static let emptyUnsynced = Task { try await WaitingEngine(waits: 0, durability: .none) }

    private static let folder = FileManager.default.temporaryDirectory.appendingPathComponent("bench-waits-\(UUID())")
    private static let awaited = "bench/paid"
    private static let starting = "bench/ordered"
    /// Runs that are brought to their wait in one transaction.
    private static let group = 1000

    private let engine: Engine
    private let store: SQLiteStore
    private let waits: Int
    private var now = Timestamp(milliseconds: 1_795_435_200_000)
    private var strangers = 0
    private var generator = SystemRandomNumberGenerator()

    init(waits: Int, durability: SQLiteStore.Durability) async throws {
        try FileManager.default.createDirectory(at: Self.folder, withIntermediateDirectories: true)
        let file = Self.folder.appendingPathComponent("\(waits)-\(durability).sqlite")
        store = try SQLiteStore(path: file.path, durability: durability)
        engine = try Engine(store: store)
        self.waits = waits
        try register()
        for start in stride(from: 0, to: waits, by: Self.group) {
            try wait(for: start..<min(start + Self.group, waits))
        }
        try expect(waits)
    }

    /// When all is measured.
    static func removeFiles() { try? FileManager.default.removeItem(at: folder) }

    // MARK: What is measured

    /// How long it takes until a run whose event came has gone on, on disk and with its next call leased.
    func millisecondsToResume(samples: Int) throws -> [Double] {
        let chosen = (0..<samples).map { _ in Int.random(in: 0..<waits, using: &generator) }
        var times: [Double] = []
        for number in Set(chosen) {
            let command = IngestEvents([Self.event(Self.awaited, number)])
            let start = ContinuousClock.now
            let batch = try perform([command], room: 1)
            times.append((ContinuousClock.now - start).inMilliseconds)
            guard batch.calls.count == 1 else { throw RigError("the event resumed \(batch.calls.count) runs, not one") }
            try end(batch.calls)
            try wait(for: number..<number + 1)
        }
        try expect(waits)
        return times
    }

    /// The same for an event that no run waits for.
    func millisecondsToIngest(samples: Int) throws -> [Double] {
        try (0..<samples).map { _ in
            let command = strange(1)
            let start = ContinuousClock.now
            _ = try perform([command], room: 1)
            return (ContinuousClock.now - start).inMilliseconds
        }
    }

    /// Events of the awaited name taken in per second, none of which any run waits for.
    func eventsPerSecond(commands: Int, eventsEach: Int) throws -> Double {
        let made = (0..<commands).map { _ in strange(eventsEach) }
        let start = ContinuousClock.now
        for command in made { _ = try perform([command], room: 1) }
        return Double(commands * eventsEach) / (ContinuousClock.now - start).inSeconds
    }

    // MARK: Commands

    private func register() throws {
        let function: JSON = [
            "id": "bench-order", "name": "order", "triggers": [["event": .string(Self.starting)]],
            "steps": ["step": ["id": "step", "name": "step", "runtime": ["type": "http", "url": "http://app/order"]]],
        ]
        _ = try perform([
            SyncApp(Registration(url: "http://app/", appName: "bench", sdk: "bench:v1", functions: [function]))
        ])
    }

    private func wait(for numbers: Range<Int>) throws {
        let started = try perform(
            [IngestEvents(numbers.map { Self.event(Self.starting, $0) })], room: numbers.count)
        let op = Op(
            .waitForEvent, id: StepID("paid"), displayName: "paid",
            options: [
                "event": .string(Self.awaited), "if": "event.data.order == async.data.order", "timeout": "30d",
            ])
        try answer(started.calls, .ops([op], retryAfter: nil), status: 206)
    }

    private func end(_ calls: [Call]) throws {
        try answer(calls, .returned(.null), status: 200)
    }

    private func answer(_ calls: [Call], _ outcome: CallOutcome, status: Int) throws {
        _ = try perform(
            calls.map { FinishCall($0.key, lease: $0.lease, outcome: outcome, status: status, requestVersion: 2) })
    }

    private func perform(_ commands: [any Command], room: Int = 0) throws -> Engine.Batch {
        now = now + .milliseconds(1)
        let batch = engine.execute(commands, now: now, room: room)
        for outcome in batch.outcomes { _ = try outcome.get() }
        return batch
    }

    private func strange(_ count: Int) -> IngestEvents {
        strangers += count
        return IngestEvents((strangers - count..<strangers).map { Self.event(Self.awaited, -1 - $0) })
    }

    private static func event(_ name: String, _ number: Int) -> JSON {
        ["data": ["order": .string("order-\(number)"), "text": .string(BenchApp.text)], "name": .string(name)]
    }

    private func expect(_ count: Int) throws {
        let counts = try Queries(store).waitCounts()
        guard counts.reduce(0, { $0 + $1.live }) == count, counts.allSatisfy({ $0.unindexed == 0 }) else {
            throw RigError("\(count) indexed waits are expected, there are \(counts)")
        }
    }
}
