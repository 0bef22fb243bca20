import Foundation
import JSON
import Simulation
import Stores
import Wire

@testable import Engine

/// A house in which anything may happen in any order: events, answers that are late, doubled or lost, cancels, moves
/// of the clock, and crashes of the orchestrator. All of it comes from one seed.
final class World {
    private(set) var bench: Bench
    private(set) var dice: SeededGenerator
    private let path: String
    private let apps: [String: PlannedApp]
    private let version: Int
    private var boots: UInt64 = 0
    /// Steps whose code ran and whose answer is on its way.
    private(set) var underway: [(call: Call, outcome: CallOutcome)] = []
    private var delivered: [FinishCall] = []
    private var acknowledged: Set<StepKey> = []
    private(set) var ledger = Ledger()
    /// Whether calls fail by chance.
    private var isRough = true

    static let triggers: [String: [JSON]] = [
        "f": [["event": "e1"]], "g": [["event": "e2"], ["event": "a/*"]],
        "h": [["event": "e1", "expression": "event.data.n > 2"]], "child": [],
        "onEnd": [["event": "inngest/function.failed"]],
    ]

    init(seed: UInt64, folder: URL) throws {
        path = folder.appendingPathComponent("\(seed).sqlite").path
        dice = SeededGenerator(seed: seed)
        var plans = RandomPlans(seed: seed &+ 1000, longest: 4)
        var apps: [String: PlannedApp] = [:]
        for id in Self.triggers.keys.sorted() { apps[id] = plans.function(mayInvoke: id != "child" && id != "onEnd") }
        self.apps = apps
        version = seed.isMultiple(of: 3) ? 1 : 2
        bench = try Bench(seed: seed, store: SQLiteStore(path: path, durability: .none))
        bench.requestVersion = version
        let functions = Self.triggers.sorted { $0.key < $1.key }.map { Bench.function($0.key, triggers: $0.value) }
        try bench.perform(SyncApp(Bench.registration(functions)))
    }

    // MARK: Whatever may happen

    func happen() throws {
        switch Int.random(in: 0..<20, using: &dice) {
        case 0..<4: try sendEvents()
        case 4..<10: try callApp()
        case 10..<14: try deliver()
        case 14: try deliverAgain()
        case 15: try cancel()
        case 16, 17: bench.now = bench.now + .seconds(Int.random(in: 0...4000, using: &dice))
        case 18: bench.room = Int.random(in: 0...6, using: &dice)
        default: if Int.random(in: 0..<3, using: &dice) == 0 { try crash() } else { bench.execute() }
        }
    }

    private func sendEvents() throws {
        let events = (0..<Int.random(in: 1...3, using: &dice)).map { _ in event() }
        let ids = try bench.perform(IngestEvents(events)).ids
        for (event, id) in zip(events, ids) { ledger.note(event, id, at: bench.now) }
    }

    private func event() -> JSON {
        let id: JSON? =
            Int.random(in: 0..<3, using: &dice) == 0 ? .string("id\(Int.random(in: 0..<4, using: &dice))") : nil
        let ahead = Int.random(in: 0..<5, using: &dice) == 0 ? bench.now + .seconds(600) : bench.now
        return [
            "data": ["n": .int(Int.random(in: 0..<5, using: &dice))], "id": id,
            "name": .string(["e1", "e1", "e2", "a/b", "go", "none"].randomElement(using: &dice) ?? "go"),
            "ts": .int(ahead.milliseconds),
        ]
    }

    /// A call arrives at the app, which runs what it is asked to run.
    private func callApp() throws {
        guard !bench.open.isEmpty else { return try deliver() }
        let call = bench.take(at: Int.random(in: 0..<bench.open.count, using: &dice))
        if isRough, Int.random(in: 0..<15, using: &dice) == 0 {
            let error = ReportedError(name: "Rough", message: "no luck")
            return underway.append((call, .failed(error, retriable: true, retryAfter: nil)))
        }
        let id = String(bench.engine.catalog.slug(of: call).dropFirst(4))
        guard let app = apps[id] else { throw Violation("a call for '\(id)', which is no function") }
        var ran: [StepKey] = []
        let outcome = app.answer(call.request) { ran.append(StepKey(run: call.request.runID, step: $0)) }
        for key in ran { try expectFirst(key) }
        underway.append((call, outcome))
    }

    private func expectFirst(_ key: StepKey) throws {
        if acknowledged.contains(key) { throw Violation("step \(key) ran again after it was acknowledged") }
        let others = underway.filter { finished(by: $0.outcome, of: $0.call.request.runID).contains(key) }
        if !others.isEmpty { throw Violation("step \(key) ran twice at once") }
    }

    private func finished(by outcome: CallOutcome, of run: ULID) -> [StepKey] {
        guard case .ops(let ops, _) = outcome else { return [] }
        return ops.filter { $0.code == .stepRun || $0.code == .stepFailed }.map { StepKey(run: run, step: $0.id) }
    }

    private func deliver() throws {
        guard !underway.isEmpty else { return }
        let (call, outcome) = underway.remove(at: Int.random(in: 0..<underway.count, using: &dice))
        let answer = FinishCall(call.key, lease: call.lease, outcome: outcome, status: 206, requestVersion: version)
        delivered.append(answer)
        if try bench.perform(answer) == .applied {
            acknowledged.formUnion(finished(by: outcome, of: call.request.runID))
        }
    }

    private func deliverAgain() throws {
        guard let answer = delivered.randomElement(using: &dice) else { return }
        if try bench.perform(answer) != .stale { throw Violation("an answer counted twice: \(answer.key)") }
    }

    private func cancel() throws {
        guard let run = try bench.runs().randomElement(using: &dice) else { return }
        let isRefused = bench.execute(CancelRun(run.id)).outcomes.contains { (try? $0.get()) == nil }
        if isRefused != run.hasEnded { throw Violation("run \(run.id), \(run.status), cancelled: \(!isRefused)") }
    }

    /// The orchestrator is gone from one moment to the next. Answers to what it has called come too late.
    private func crash() throws {
        delivered += underway.map { FinishCall($0.call.key, lease: $0.call.lease, outcome: $0.outcome) }
        underway = []
        boots += 1
        let (now, room) = (bench.now, bench.room)
        // The file is free only when its owner is gone.
        bench = try Bench()
        bench = try Bench(seed: boots &* 7919, store: SQLiteStore(path: path, durability: .none))
        (bench.now, bench.room, bench.requestVersion) = (now, room, version)
        try bench.perform(Reconcile())
    }

    // MARK: The end

    /// Lets everything come to an end: calls are answered, time goes on.
    func comeToRest() throws {
        isRough = false
        bench.room = 1000
        for _ in 0..<100_000 {
            bench.execute()
            while !bench.open.isEmpty || !underway.isEmpty {
                try callApp()
                try deliver()
            }
            guard let next = bench.engine.nextDue(hasRoom: true) else { return }
            bench.now = max(bench.now, next)
        }
        throw Violation("it does not come to rest")
    }
}

/// Something that must never be.
struct Violation: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}
