import AppSDK
import Engine
import Foundation
import JSON
import Stores
import Wire

/// The real engine and your app in one process: no ports, a store in memory, and a clock that the test moves.
///
/// ```swift
/// let orchestrator = try TestOrchestrator(app)
/// try await orchestrator.send(SignedUp(userID: "7", email: "ada@example.com"))
/// try await orchestrator.advance(by: .days(3))
///
/// let run = try #require(await orchestrator.runs(of: "signup-drip").first)
/// #expect(run.status == .completed)
/// #expect(run.stepNames == ["send-welcome", "first-login", "send-nudge"])
/// ```
///
/// Nothing happens by itself: ``send(_:id:)`` and ``advance(by:)`` return when every step that could run has run, and
/// what is left waits for time or for events. Calls are made one after the other and all randomness comes from a
/// seed, so a test that passes once passes always.
public actor TestOrchestrator {
    let engine: Engine
    let store: SQLiteStore
    private let apps: [String: App]
    private let clock: TestClock
    let stubs = StepStubs()
    private var open: [Call] = []
    private var openFetches: [Fetch] = []
    private var isSettling = false

    /// Registers the app's functions.
    ///
    /// - Parameters:
    ///   - app: the app; its functions run in this process.
    ///   - others: further apps, for functions that invoke each other's.
    ///   - start: what time it is at first; nil for 2026-01-01T00:00:00Z.
    ///   - seed: where ids and the chance in retry delays come from.
    ///   - checkpointing: for all functions, whatever they say themselves; nil for what they say. Off by default:
    ///     each step is then a call of its own, so that every line is replayed and what is not the same twice shows.
    /// - Throws: an error that says which function is wrong, and where.
    public init(
        _ app: App, _ others: App..., startingAt start: Date? = nil, seed: UInt64 = 1,
        checkpointing: Checkpointing? = .off
    ) throws {
        let clock = TestClock(start ?? Date(timeIntervalSince1970: 1_767_225_600))
        store = try SQLiteStore()
        engine = try Engine(store: store, ids: ULIDSource(generator: SeededGenerator(seed: seed)))
        self.clock = clock
        let stubs = stubs
        let transport = LoopbackTransport()
        var apps: [String: App] = [:]
        for app in [app] + others {
            apps[app.id] = app.configured { configuration in
                configuration.mode = .dev
                configuration.transport = transport
                configuration.clock = { clock.now }
                configuration.pause = { _ in }
                configuration.targetPatience = .zero
                configuration.checkpointingOfAll = checkpointing
                // Time stands still while code runs.
                configuration.checkpointPause = { _ in throw CancellationError() }
                configuration.stepStub = { function, step in stubs.result(function: function, step: step) }
            }
        }
        self.apps = apps
        for app in apps.values.sorted(by: { $0.id < $1.id }) {
            let sync = SyncApp(app.registration(url: "test://\(app.id)"))
            _ = try engine.execute([sync], now: clock.now, room: 0).outcomes[0].get()
        }
        transport.orchestrator.set(self)
    }

    // MARK: Events

    /// Sends an event, and runs everything that it starts as far as it goes.
    ///
    /// - Parameter id: an idempotency key: a second event with it starts nothing.
    /// - Returns: the event's id.
    /// - Throws: ``TestFailure`` where the event is refused.
    @discardableResult
    public func send(_ payload: some EventPayload, id: String? = nil) async throws -> String {
        try await send([OutgoingEvent(payload, id: id)])[0]
    }

    /// Sends events, and runs everything that they start as far as it goes. Returns their ids.
    @discardableResult
    public func send(_ events: [OutgoingEvent]) async throws -> [String] {
        let ids = try take(in: events.map { try $0.encode(now: clock.now) }, seed: nil)
        try await settle()
        return ids
    }

    /// Starts a function with a payload, as `orchestrator invoke` does. Returns the id of the run.
    @discardableResult
    public func invoke(_ function: String, data: some Encodable = JSONValue.object([:])) async throws -> String {
        let record = try record(of: function)
        let started = try execute(InvokeFunction(record.slug, data: try JSON(encoding: data)))
        try await settle()
        guard let run = started.run else {
            throw TestFailure("the rules of '\(function)' keep the run back: a batch, a debounce, a limit or a pause")
        }
        return run.description
    }

    // MARK: Time

    /// What time it is for the orchestrator and the app's steps.
    public var now: Date { Date(timeIntervalSince1970: Double(clock.now.milliseconds) / 1000) }

    /// Lets time pass. Everything that falls due on the way happens at its time, in due order.
    public func advance(by span: TimeSpan) async throws {
        try await advance(to: clock.now + span.duration)
    }

    /// Lets time pass until a moment. Nothing happens where it is in the past.
    public func advance(to date: Date) async throws {
        try await advance(to: Timestamp(date, rounded: .up))
    }

    /// Lets time pass until the next moment at which something is due. Returns false where nothing is.
    @discardableResult
    public func advanceToNextTimer() async throws -> Bool {
        guard let due = engine.nextDue(hasRoom: true) else { return false }
        try await advance(to: due)
        return true
    }

    private func advance(to target: Timestamp) async throws {
        try await settle()
        while let due = engine.nextDue(hasRoom: true), due <= target {
            clock.now = max(clock.now, due)
            try await settle()
        }
        clock.now = max(clock.now, target)
    }

    // MARK: Steps

    /// Gives a step a result; its code does not run.
    ///
    /// - Parameter function: the function it belongs to; nil for the step of every function.
    public func stub<Output: Encodable & Sendable>(
        _ step: String, of function: String? = nil, returning output: Output
    ) throws {
        stubs.set(.success(try JSON(encoding: output)), function: function, step: step)
    }

    /// Lets a step fail with an error; its code does not run.
    ///
    /// - Parameter times: how many attempts fail before the step's own code runs; nil for all.
    public func stub(_ step: String, of function: String? = nil, throwing error: any Error, times: Int? = nil) {
        stubs.set(.failure(error), function: function, step: step, times: times)
    }

    /// Lets steps run their own code again.
    public func removeStubs() { stubs.removeAll() }

    // MARK: What happened

    /// The runs of a function in the order in which they were started.
    ///
    /// - Parameter function: its id.
    /// - Throws: ``TestFailure`` where no app has such a function.
    public func runs(of function: String) throws -> [TestRun] {
        var query = RunQuery(limit: 100_000)
        query.functions = [try record(of: function).id]
        return try Queries(store).runs(query).elements.reversed().compactMap { try testRun($0.id) }
    }

    /// The only run of a function.
    /// - Throws: ``TestFailure`` where there is none, or more than one.
    public func run(of function: String) throws -> TestRun {
        let runs = try runs(of: function)
        guard let run = runs.first, runs.count == 1 else {
            throw TestFailure("one run of '\(function)' is expected, there are \(runs.count)")
        }
        return run
    }

    /// The events of a type that were sent, by the test or by steps, in order.
    public func events<Payload: EventPayload>(_ type: Payload.Type = Payload.self) throws -> [Payload] {
        var query = EventQuery(limit: 100_000)
        query.name = type.eventName
        return try Queries(store).events(query).elements.reversed().map { try $0.event.data.decode(type) }
    }

    /// Ends a run that has not ended.
    public func cancel(_ run: TestRun) async throws {
        try execute(CancelRun(try ulid(run.id)))
        try await settle()
    }

    // MARK: The engine

    /// More calls than this at one moment are held to be a loop.
    private static let callsAtRest = 100_000

    /// Makes calls, one after the other, until none is due.
    func settle() async throws {
        // A step that sends an event comes back here: its calls are made when it has returned.
        if isSettling { return }
        isSettling = true
        defer { isSettling = false }
        var made = 0
        repeat {
            run([])
            while !open.isEmpty {
                let call = open.removeFirst()
                made += 1
                guard made <= Self.callsAtRest else {
                    throw TestFailure(
                        "\(made) calls without coming to rest, the last for '\(engine.catalog.slug(of: call))': "
                            + "does a function send the event that starts it?")
                }
                _ = try run([try await answer(call)])[0].get()
            }
            while !openFetches.isEmpty { _ = try run([answer(openFetches.removeFirst())])[0].get() }
        } while !open.isEmpty || engine.nextDue(hasRoom: true).map { $0 <= clock.now } ?? false
    }

    private func answer(_ call: Call) async throws -> FinishCall {
        let appID = URLComponents(string: call.url)?.host ?? ""
        guard let app = apps[appID] else { throw TestFailure("there is no app '\(appID)'") }
        let response = await app.answer(
            call.request.encode(), function: engine.catalog.slug(of: call), targetStep: call.request.targetStep?.hash)
        return FinishCall(
            call.key, lease: call.lease, outcome: response.interpret(), status: response.status,
            requestVersion: response.requestVersion)
    }

    @discardableResult
    func run(_ commands: [any Command]) -> [Result<any Sendable, any Error>] {
        let batch = engine.execute(commands, now: clock.now, room: 1000)
        open += batch.calls
        openFetches += batch.fetches
        return batch.outcomes
    }

    @discardableResult
    func execute<C: Command>(_ command: C) throws -> C.Outcome {
        do {
            guard let outcome = try run([command])[0].get() as? C.Outcome else {
                throw TestFailure("\(C.self) came to something else")
            }
            return outcome
        } catch let refusal as Refusal {
            throw TestFailure(refusal.description)
        }
    }

    func testRun(_ id: ULID) throws -> TestRun? {
        guard let timeline = try Queries(store).timeline(id) else { return nil }
        return TestRun(timeline, slug: engine.catalog.functions[timeline.run.functionID]?.slug ?? "")
    }

    private func record(of function: String) throws -> FunctionRecord {
        let records = apps.keys.sorted().compactMap { engine.catalog.function("\($0)-\(function)") }
        guard let record = records.first ?? engine.catalog.function(function) else {
            throw TestFailure("no app has a function '\(function)'")
        }
        return record
    }

    func ulid(_ text: String) throws -> ULID {
        guard let id = ULID(text) else { throw TestFailure("'\(text)' is no id of a run") }
        return id
    }
}

/// A test asked for something that is not so.
public struct TestFailure: Error, Hashable, CustomStringConvertible {
    /// What is wrong.
    public let description: String

    init(_ description: String) {
        self.description = description
    }
}
