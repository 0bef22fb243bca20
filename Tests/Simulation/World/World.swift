import Engine
import JSON
import Stores
import Wire

/// A house in which anything may happen in any order. All of it comes from one seed.
package final class World {
    var dice: SeededGenerator
    var programs: RandomProgram
    var program: Program
    let place: Place
    var nodes: [Node] = []
    let version: Int
    var boots: UInt64 = 0
    var now = Timestamp(milliseconds: 1_767_225_600_000)
    /// How many calls may be open at once.
    var room = 1000
    /// Calls that the app has not got yet, and calls whose answers are on their way.
    var waiting: [Call] = []
    var underway: [(call: Call, outcome: CallOutcome)] = []
    /// What was reported in calls that are open.
    var reported: [ULID: [(id: StepID, value: JSON)]] = [:]
    /// Requests for steps that are under way.
    var fetches: [Fetch] = []
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

    package init(seed: UInt64, place: Place, trace: Trace) throws {
        self.place = place
        self.trace = trace
        dice = SeededGenerator(seed: seed)
        programs = RandomProgram(seed: seed)
        program = programs.program()
        version = seed.isMultiple(of: 3) ? 1 : 2
        try place.clear()
        nodes = [try Node(place, boot: 0, seed: seed)]
        for function in program.functions { trace.add(now, "function \(function.json)") }
        try perform(SyncApp(program.registration())) { _ in model.register(program, now: now) }
        try perform(SyncApp(program.other.registration())) { _ in model.add(program.other) }
    }

    package var coverage: Coverage { model.coverage }

    /// The orchestrator that is at work.
    var node: Node { nodes[0] }
    var store: any FallibleStore { node.store }
    var engine: Engine { node.engine }
    var queries: Queries { get throws { try store.queries } }

    /// How many calls the engine has handed out and not got back.
    var openCalls: Int { waiting.count + underway.count }

    func one(in count: Int) -> Bool { Int.random(in: 0..<count, using: &dice) == 0 }

    // MARK: The engine

    /// A command, and what tells the models of its own effects when it is known to be committed.
    struct Deed {
        let command: any Command
        let happened: (any Sendable) throws -> Void

        init<C: Command>(_ command: C, _ happened: @escaping (C.Outcome) throws -> Void) {
            self.command = command
            self.happened = { outcome in
                guard let outcome = outcome as? C.Outcome else { throw Violation("no outcome of \(C.self)") }
                try happened(outcome)
            }
        }
    }

    /// Carries out a command, and holds what comes of it against the models.
    @discardableResult
    func perform<C: Command>(_ command: C, _ happened: (C.Outcome) throws -> Void = { _ in }) throws -> C.Outcome {
        var result: C.Outcome?
        try withoutActuallyEscaping(happened) { happened in
            try perform([
                Deed(command) { outcome in
                    result = outcome
                    try happened(outcome)
                }
            ])
        }
        guard let result else { throw Violation("no outcome of \(C.self)") }
        return result
    }

    /// Carries out commands in one transaction.
    func perform(_ deeds: [Deed], room: Int? = nil) throws {
        let batch = engine.execute(deeds.map(\.command), now: now, room: room ?? self.room - openCalls)
        if let error = batch.storeError { throw error }
        for (deed, outcome) in zip(deeds, batch.outcomes) {
            model.coverage.note(command: "\(type(of: deed.command))")
            try deed.happened(outcome.get())
        }
        try take(batch)
    }

    /// Looks at what the engine has done.
    private func take(_ batch: Engine.Batch) throws {
        fetches += batch.fetches
        model.advance(to: now)
        try observe(batch.calls)
    }

    /// Lets the engine do what is due, until nothing is due at this moment.
    func tick() throws {
        for round in 0... {
            guard round < 1000 else { throw Violation("the engine does not come to rest at \(now)") }
            let due = engine.nextDue(hasRoom: openCalls < room)
            guard let due, due <= now else { break }
            let batch = engine.execute([], now: now, room: room - openCalls)
            if let error = batch.storeError { throw error }
            try take(batch)
        }
        model.advance(to: now)
        try checkForeseen()
        try checkNotIdle()
    }
}
