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
    /// The orchestrators that are at work.
    var nodes: [Node] = []
    /// Which of them has its turn.
    var turn = 0
    /// Those that do nothing any more: processes that are gone, and such as may come back.
    var silent: [Node] = []
    /// How many there are to be.
    let size: Int
    /// Which process has leased what is open.
    var holders: [ULID: ULID] = [:]
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
    /// Runs that have been seen, and when it was last looked for new ones.
    var seen: Set<ULID> = []
    var lookedAt = Timestamp(milliseconds: 0)
    /// What stood in line, due and unable to go, when everything had come to rest the last time.
    var lines: [QueueItem.Key: (line: Model.Line, rank: Int64)] = [:]
    let trace: Trace

    package init(seed: UInt64, place: Place, nodes size: Int, trace: Trace) throws {
        self.place = place
        self.size = size
        self.trace = trace
        dice = SeededGenerator(seed: seed)
        programs = RandomProgram(seed: seed)
        program = programs.program()
        version = seed.isMultiple(of: 3) ? 1 : 2
        try place.clear()
        try join(seed: seed)
        for _ in 1..<size { try join() }
        for function in program.functions { trace.add(now, "function \(function.json)") }
        try perform(SyncApp(program.registration())) { _ in model.register(program, now: now) }
        try perform(SyncApp(program.other.registration())) { _ in model.add(program.other) }
    }

    package var coverage: Coverage { model.coverage }

    var node: Node { nodes[turn] }
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
    ///
    /// - Parameter index: which node does so; the next one where it is not given.
    func perform(_ deeds: [Deed], room: Int? = nil, on index: Int? = nil) throws {
        takeTurns(among: index.map { [$0] })
        let batch = engine.execute(deeds.map(\.command), now: now, room: room ?? self.room - openCalls)
        if let error = batch.storeError { throw error }
        do {
            try tell(deeds, batch)
        } catch let refusal as Refusal {
            try take(batch, by: node)
            throw refusal
        }
        try take(batch, by: node)
    }

    /// Has the models know what is committed.
    func tell(_ deeds: [Deed], _ batch: Engine.Batch) throws {
        for (deed, outcome) in zip(deeds, batch.outcomes) {
            model.coverage.note(command: "\(type(of: deed.command))")
            try deed.happened(outcome.get())
        }
    }

    /// Looks at what an engine has done.
    func take(_ batch: Engine.Batch, by node: Node) throws {
        fetches += batch.fetches
        for lease in batch.calls.map(\.lease) + batch.fetches.map(\.lease) { holders[lease] = node.id }
        model.advance(to: now)
        try observe(batch.calls)
    }

    /// Lets the engine do what is due, until nothing is due at this moment.
    func tick() throws {
        for round in 0... {
            guard round < 1000 else { throw Violation("the engine does not come to rest at \(now)") }
            try lookAround()
            let busy = nodes.indices.filter { index in
                nodes[index].engine.nextDue(hasRoom: openCalls < room).map { $0 <= now } ?? false
            }
            guard !busy.isEmpty else { break }
            takeTurns(among: busy)
            let batch = engine.execute([], now: now, room: room - openCalls)
            if let error = batch.storeError { throw error }
            try take(batch, by: node)
        }
        model.advance(to: now)
        try checkForeseen()
        try checkNotIdle()
    }
}
