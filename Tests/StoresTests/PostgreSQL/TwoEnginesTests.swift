import Engine
import JSON
import PostgresRig
import Testing
import Wire

@testable import Stores

/// Two engines on one database, used in turns as two orchestrators would use them.
@Suite("Two engines on one PostgreSQL") struct TwoEnginesTests {
    let left: Engine
    let right: Engine
    let queries: Queries
    let now = Timestamp(milliseconds: 1_767_225_600_000)

    init() throws {
        let address = PostgresAddress(try PostgresServer.shared.get().newSchema())
        left = try Engine(store: try PostgresStore(address, node: Sample.id(1)))
        right = try Engine(store: try PostgresStore(address, node: Sample.id(2)))
        queries = Queries(try PostgresConnection(address))
    }

    private func perform<C: Command>(_ command: C, on engine: Engine, room: Int = 0) throws -> C.Outcome {
        try #require(try engine.execute([command], now: now, room: room).outcomes.first?.get() as? C.Outcome)
    }

    private func register(_ triggers: JSON..., on engine: Engine) throws {
        let function: JSON = [
            "id": "app-f", "name": "f", "triggers": .array(triggers),
            "steps": [
                "step": ["id": "step", "name": "step", "runtime": ["type": "http", "url": "http://app?fnId=f"]]
            ],
        ]
        _ = try perform(
            SyncApp(Registration(url: "http://app", appName: "app", sdk: "test", functions: [function])), on: engine)
    }

    private func runs() throws -> [Run] { try queries.runs(RunQuery(limit: 1000)).elements }

    @Test("A function that registered with one is started by an event that the other takes")
    func catalog() throws {
        try register(["event": "go"], on: left)
        _ = try perform(IngestEvents([["name": "go"]]), on: right)
        #expect(try runs().count == 1)
    }

    @Test("A schedule ticks once") func schedule() throws {
        try register(["cron": "0 * * * *"], on: left)
        let tick = now + .seconds(3600)
        for engine in [left, right] {
            engine.notice(.timer, at: tick)
            _ = engine.execute([], now: tick, room: 0)
        }
        #expect(try runs().count == 1)
        // And once an hour later, whoever comes first.
        for engine in [right, left] { _ = engine.execute([], now: tick + .seconds(3600), room: 0) }
        #expect(try runs().count == 2)
    }

    @Test("An event with an id that both take starts a function once") func idempotency() throws {
        try register(["event": "go"], on: left)
        _ = try perform(IngestEvents([["name": "go", "id": "order-1"]]), on: left)
        _ = try perform(IngestEvents([["name": "go", "id": "order-1"]]), on: right)
        #expect(try runs().count == 1)
    }

    @Test("Work is handed out once, whoever asks first, and the answer counts once") func leases() throws {
        try register(["event": "go"], on: left)
        _ = try perform(IngestEvents(Array(repeating: ["name": "go"], count: 10)), on: left)
        right.notice(.call, at: now)
        let first = right.execute([], now: now, room: 4).calls
        let rest = left.execute([], now: now, room: 100).calls
        #expect(first.count == 4)
        #expect(rest.count == 6)
        #expect(Set((first + rest).map(\.key)).count == 10)
        let answer = FinishCall(first[0].key, lease: first[0].lease, outcome: .returned(1), status: 200)
        // Whichever node an answer comes to: the lease decides.
        #expect(try perform(answer, on: left) == .applied)
        #expect(try perform(answer, on: right) == .stale)
    }

    @Test("Calls of a node that is gone are made by the other, and its late answers change nothing") func takeOver()
        throws
    {
        try register(["event": "go"], on: left)
        _ = try perform(IngestEvents([["name": "go"]]), on: left)
        let lost = try #require(left.execute([], now: now, room: 1).calls.first)
        #expect(try perform(Reconcile(), on: right) == 1)
        right.notice(.call, at: now)
        let taken = try #require(right.execute([], now: now, room: 1).calls.first)
        #expect(taken.key == lost.key)
        let late = FinishCall(lost.key, lease: lost.lease, outcome: .returned("late"), status: 200)
        #expect(try perform(late, on: left) == .stale)
        let answer = FinishCall(taken.key, lease: taken.lease, outcome: .returned("right"), status: 200)
        #expect(try perform(answer, on: right) == .applied)
        #expect(try runs().map(\.output) == ["right"])
    }
}
