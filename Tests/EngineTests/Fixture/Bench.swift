import JSON
import Simulation
import Stores
import Testing
import Wire

@testable import Engine

/// An engine on a store in memory, a clock that the test moves, and an app that answers by a script.
final class Bench {
    typealias Script = (Call) -> CallOutcome

    let sqlite: SQLiteStore
    let engine: Engine
    var now = Timestamp(milliseconds: 1_767_225_600_000)
    /// How many calls may be open at once.
    var room = 1000
    /// What apps say in `X-Inngest-Req-Version`.
    var requestVersion = 2
    private(set) var open: [Call] = []
    /// Requests for steps that are to be made.
    private(set) var fetches: [Fetch] = []
    /// Calls in the order in which they were made.
    private(set) var calls: [Call] = []
    /// Steps whose code ran, by run.
    private(set) var executed: [ULID: [StepID]] = [:]
    private var scripts: [String: Script] = [:]
    private var functions: [JSON] = []

    init(
        seed: UInt64 = 1, store: SQLiteStore? = nil, settings: EngineSettings = EngineSettings(),
        wrapping wrap: (SQLiteStore) -> any Store = { $0 }
    ) throws {
        let sqlite = try store ?? SQLiteStore()
        self.sqlite = sqlite
        engine = try Engine(
            store: wrap(sqlite), ids: ULIDSource(generator: SeededGenerator(seed: seed)), settings: settings)
    }

    // MARK: Apps

    /// Registers a function of the app `app`, or registers it anew, and says how it answers.
    ///
    /// - Parameter rules: the fields of its flow control.
    func define(
        _ id: String, triggers: [JSON], retries: Int? = nil, rules: [String: JSON?] = [:], script: @escaping Script
    ) throws {
        functions.removeAll { $0["id"]?.string == "app-\(id)" }
        functions.append(Self.function(id, triggers: triggers, retries: retries).merging(rules))
        scripts["app-\(id)"] = script
        try perform(SyncApp(Self.registration(functions)))
    }

    /// Registers a further function that is started by events and follows a plan.
    func define(
        _ id: String, on events: String..., retries: Int? = nil, rules: [String: JSON?] = [:],
        catching catches: Bool = true, output: JSON = "done", plan: [Plan]
    ) throws {
        let app = PlannedApp(steps: plan, catches: catches, output: output)
        try define(id, triggers: events.map { ["event": .string($0)] }, retries: retries, rules: rules) {
            [unowned self] call in
            app.answer(call.request) { self.executed[call.request.runID, default: []].append($0) }
        }
    }

    /// Registers a function of the app again, with other rules.
    func change(_ id: String, rules: [String: JSON?]) throws {
        for index in functions.indices where functions[index]["id"]?.string == "app-\(id)" {
            let triggers = Array((functions[index]["triggers"] ?? []).elements)
            functions[index] = Self.function(id, triggers: triggers).merging(rules)
        }
        try perform(SyncApp(Self.registration(functions)))
    }

    static func function(_ id: String, triggers: [JSON], retries: Int? = nil, settings: JSON = [:]) -> JSON {
        let fields: JSON = [
            "id": .string("app-\(id)"), "name": .string(id), "triggers": .array(triggers),
            "steps": [
                "step": [
                    "id": "step", "name": "step", "retries": retries.map { ["attempts": .int($0)] },
                    "runtime": ["type": "http", "url": .string("http://app/api/inngest?fnId=app-\(id)&stepId=step")],
                ]
            ],
        ]
        return fields.merging(Dictionary(settings.members.map { ($0.key, $0.value) }) { $1 })
    }

    static func registration(_ functions: [JSON], app: String = "app") -> Registration {
        Registration(url: "http://app/api/inngest", appName: app, sdk: "test:v1", functions: functions)
    }

    // MARK: Commands

    @discardableResult
    func execute(_ commands: any Command...) -> Engine.Batch {
        let batch = engine.execute(commands, now: now, room: room - open.count)
        open += batch.calls
        calls += batch.calls
        fetches += batch.fetches
        return batch
    }

    @discardableResult
    func perform<C: Command>(_ command: C) throws -> C.Outcome {
        try #require(execute(command).outcomes.first?.get() as? C.Outcome)
    }

    @discardableResult
    func send(_ name: String, data: JSON = [:], id: String? = nil, at time: Timestamp? = nil) throws -> ULID {
        let event: JSON = [
            "data": data, "id": id.map(JSON.string), "name": .string(name), "ts": time.map { .int($0.milliseconds) },
        ]
        return try #require(try perform(IngestEvents([event])).ids.first)
    }

    /// Takes a call off the open ones, to be answered by the test.
    func take(_ id: String? = nil) throws -> Call {
        let index = try #require(open.firstIndex { id == nil || engine.catalog.slug(of: $0) == "app-\(id ?? "")" })
        return open.remove(at: index)
    }

    func take(at index: Int) -> Call { open.remove(at: index) }

    /// Takes the open call that is to run a step.
    func take(step: String) throws -> Call {
        open.remove(at: try #require(open.firstIndex { $0.request.targetStep == StepID(step) }))
    }

    func answer(_ call: Call, _ outcome: CallOutcome, status: Int? = nil) -> FinishCall {
        FinishCall(call.key, lease: call.lease, outcome: outcome, status: status, requestVersion: requestVersion)
    }

    func answer(_ call: Call, _ ops: Op...) -> FinishCall { answer(call, .ops(ops, retryAfter: nil), status: 206) }

    /// Takes the open request for a step.
    func takeFetch() throws -> Fetch {
        try #require(!fetches.isEmpty, "a request is expected to be due")
        return fetches.removeFirst()
    }

    /// What the script of a call's function says.
    func scripted(_ call: Call) -> CallOutcome {
        scripts[engine.catalog.slug(of: call)]?(call) ?? .returned(.null)
    }

    // MARK: Time

    /// Answers calls by their scripts until none is due.
    func settle() throws {
        repeat {
            execute()
            while !open.isEmpty {
                let call = open.removeFirst()
                try perform(answer(call, scripted(call)))
            }
        } while engine.nextDue(hasRoom: room > open.count).map { $0 <= now } ?? false
    }

    /// Moves time on, and does what falls due on the way at its time.
    func advance(by span: Duration) throws {
        let target = now + span
        try settle()
        while let due = engine.nextDue(hasRoom: room > open.count), due <= target {
            now = max(now, due)
            try settle()
        }
        now = target
    }
}

extension Duration {
    static func minutes(_ count: Int) -> Duration { .seconds(count * 60) }
    static func hours(_ count: Int) -> Duration { .seconds(count * 3600) }
    static func days(_ count: Int) -> Duration { .seconds(count * 86_400) }
}
