import Engine
import Foundation
import JSON
import Stores
import Wire

/// A house in which anything may happen in any order. All of it comes from one seed.
package final class World {
    var dice: SeededGenerator
    var programs: RandomProgram
    var program: Program
    var store: SQLiteStore
    var engine: Engine
    let path: String
    let version: Int
    var boots: UInt64 = 0
    var now = Timestamp(milliseconds: 1_767_225_600_000)
    /// How many calls may be open at once.
    var room = 1000
    /// Calls that the app has not got yet, and calls whose answers are on their way.
    var waiting: [Call] = []
    var underway: [(call: Call, outcome: CallOutcome)] = []
    var delivered: [FinishCall] = []
    /// Events from outside.
    var acceptedEvents: Set<ULID> = []
    var acknowledged: Set<StepKey> = []
    /// Whether calls fail by chance.
    var isRough = true
    let model = Model()
    /// The newest run that has been seen.
    var newest: ULID?
    /// What stood in line, due and unable to go, when everything had come to rest the last time.
    var lines: [QueueItem.Key: (line: Model.Line, rank: Int64)] = [:]
    let trace: Trace

    package init(seed: UInt64, folder: URL, trace: Trace) throws {
        path = folder.appendingPathComponent("\(seed).sqlite").path
        self.trace = trace
        dice = SeededGenerator(seed: seed)
        programs = RandomProgram(seed: seed)
        program = programs.program()
        version = seed.isMultiple(of: 3) ? 1 : 2
        store = try SQLiteStore(path: path, durability: .none)
        engine = try Engine(store: store, ids: Self.ids(seed))
        for function in program.functions { trace.add(now, "function \(function.json)") }
        try perform(SyncApp(program.registration()))
        model.register(program, now: now)
    }

    package var coverage: Coverage { model.coverage }

    static func ids(_ seed: UInt64) -> ULIDSource { ULIDSource(generator: SeededGenerator(seed: seed)) }

    var queries: Queries { Queries(store) }

    /// How many calls the engine has handed out and not got back.
    var openCalls: Int { waiting.count + underway.count }

    func one(in count: Int) -> Bool { Int.random(in: 0..<count, using: &dice) == 0 }

    // MARK: The engine

    /// Carries out a command, and holds what comes of it against the models.
    ///
    /// - Parameter happened: tells the models of the command's own effects, when it is known to be committed.
    @discardableResult
    func perform<C: Command>(_ command: C, _ happened: (C.Outcome) throws -> Void = { _ in }) throws -> C.Outcome {
        let batch = engine.execute([command], now: now, room: room - openCalls)
        if let error = batch.storeError { throw error }
        guard let outcome = try batch.outcomes.first?.get() as? C.Outcome else { throw Violation("no outcome") }
        try happened(outcome)
        model.advance(to: now)
        try observe(batch.calls)
        return outcome
    }

    /// Lets the engine do what is due, until nothing is due at this moment.
    func tick() throws {
        for round in 0... {
            guard round < 1000 else { throw Violation("the engine does not come to rest at \(now)") }
            let due = engine.nextDue(hasRoom: openCalls < room)
            guard let due, due <= now else { break }
            let batch = engine.execute([], now: now, room: room - openCalls)
            if let error = batch.storeError { throw error }
            model.advance(to: now)
            try observe(batch.calls)
        }
        model.advance(to: now)
        try checkForeseen()
        try checkNotIdle()
    }
}
