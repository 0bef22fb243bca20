import Engine
import JSON
import PostgresRig
import Testing
import Wire

@testable import Stores

/// What locks and round trips cost, and that nodes which are in each other's way get on.
@Suite("Locks and round trips") struct ContentionTests {
    private static let rules: JSON = [
        "triggers": [["event": "go"]],
        "rateLimit": ["key": "event.data.a", "limit": 10, "period": "1h"],
        "concurrency": ["key": "event.data.b", "limit": 2],
    ]

    private static func events(_ range: Range<Int>) -> [JSON] {
        range.map { number in
            ["name": "go", "id": .string("e\(number)"), "data": ["a": .int(number), "b": .int(-number)]]
        }
    }

    @Test("A batch of a hundred events with keyed rules costs no more round trips than one of ten")
    func roundTrips() throws {
        let cluster = try Cluster(nodes: 1)
        try cluster.register(("f", Self.rules))
        func cost(_ range: Range<Int>) throws -> Int {
            let before = cluster.stores[0].roundTrips
            let commands = Self.events(range).map { IngestEvents([$0]) }
            let batch = cluster.engines[0].execute(commands, now: Cluster.start, room: 1000)
            #expect(batch.storeError == nil)
            #expect(batch.calls.count == range.count)
            return cluster.stores[0].roundTrips - before
        }
        _ = try cost(0..<1)
        let (ten, hundred) = (try cost(100..<110), try cost(200..<300))
        #expect(ten == hundred)
        #expect(hundred <= 8)
    }

    @Test("The answers of a hundred calls that hold slots cost no more round trips than those of ten")
    func answers() throws {
        let cluster = try Cluster(nodes: 1)
        try cluster.register(("f", Self.rules))
        func cost(_ range: Range<Int>) throws -> Int {
            let commands = Self.events(range).map { IngestEvents([$0]) }
            let calls = cluster.engines[0].execute(commands, now: Cluster.start, room: 1000).calls
            let answers = calls.map {
                FinishCall($0.key, lease: $0.lease, outcome: .returned(1), status: 200)
            }
            let before = cluster.stores[0].roundTrips
            #expect(cluster.engines[0].execute(answers, now: Cluster.start, room: 0).storeError == nil)
            return cluster.stores[0].roundTrips - before
        }
        _ = try cost(0..<1)
        let (ten, hundred) = (try cost(100..<110), try cost(200..<300))
        #expect(ten == hundred)
        #expect(hundred <= 8)
    }

    /// Rules under which calls wait, and how many round trips the answers of some calls make when as many wait for them.
    @Test(
        "The answers of forty calls let go as many from a backlog for the round trips of ten",
        arguments: [
            ["concurrency": .array([["limit": 40]])],
            ["concurrency": .array([["limit": 40], ["key": "event.data.a", "limit": 1]])],
            ["concurrency": .array([["key": "event.data.a % 40", "limit": 1]])],
        ] as [JSON])
    func backlog(rules: JSON) throws {
        let cluster = try Cluster(nodes: 1)
        let engine = cluster.engines[0]
        try cluster.register(("f", rules.merging(["triggers": [["event": "go"]]])))
        var open = engine.execute([IngestEvents(Self.events(0..<200))], now: Cluster.start, room: 1000).calls
        func cost(_ count: Int) throws -> Int {
            let answers = open.prefix(count).map {
                FinishCall($0.key, lease: $0.lease, outcome: .returned(1), status: 200)
            }
            let before = cluster.stores[0].roundTrips
            let batch = engine.execute(answers, now: Cluster.start, room: 1000)
            #expect(batch.storeError == nil)
            #expect(batch.calls.count == count)
            open = open.dropFirst(count) + batch.calls
            return cluster.stores[0].roundTrips - before
        }
        #expect(open.count == 40)
        _ = try cost(1)
        let (ten, forty) = (try cost(10), try cost(40))
        #expect(ten == forty)
        #expect(forty <= 16)
    }

    @Test("Five thousand events with keys of their own fit into a small server's table of locks")
    func manyKeys() throws {
        let server = try PostgresServer(settings: ["max_connections = 20", "max_locks_per_transaction = 64"])
        let store = try PostgresStore(PostgresAddress(server.uri()), node: Sample.id(1))
        let engine = try Engine(store: store)
        let app = Registration(
            url: "http://app", appName: "app", sdk: "test",
            functions: [
                Self.rules.merging([
                    "id": "app-f", "name": "f",
                    "steps": [
                        "step": [
                            "id": "step", "name": "step", "runtime": ["type": "http", "url": "http://app?fnId=f"],
                        ]
                    ],
                ])
            ])
        _ = try engine.execute([SyncApp(app)], now: Cluster.start, room: 0).outcomes.first?.get()
        let batch = engine.execute([IngestEvents(Self.events(0..<5000))], now: Cluster.start, room: 0)
        let outcome = try #require(try batch.outcomes.first?.get() as? IngestEvents.Outcome)
        #expect(outcome.ids.count == 5000)
    }

    @Test("Who is refused one key and then another waits for both") func twoGates() throws {
        let cluster = try Cluster(nodes: 4)
        let (left, right) = (cluster.stores[0], cluster.stores[1])
        let gates = ["a", "b"].map { GateID(stored: $0) }
        for gate in gates {
            try left.transaction {
                _ = try left.gates([gate])
                #expect(throws: StoreConflict.self) {
                    try right.transaction { for gate in gates { _ = try right.gates([gate]) } }
                }
            }
        }
        try right.transaction {
            _ = try right.catalogVersion()
            for (gate, other) in zip(gates, cluster.stores.suffix(2)) {
                #expect(throws: StoreConflict.self) { try other.transaction { _ = try other.gates([gate]) } }
            }
        }
    }

    @Test("A claim keeps nothing of a run that another node has") func claim() throws {
        let cluster = try Cluster()
        let (left, right) = (cluster.stores[0], cluster.stores[1])
        var changes = Changes()
        changes.newRuns = [Sample.run(1), Sample.run(2)]
        changes.queueItems = (1...2).map { Sample.item(.run(Sample.id($0)), .discover, due: Int64($0)) }
        let rows = changes
        try left.transaction { try left.write(rows) }
        try left.transaction {
            _ = try left.runs([Sample.id(1)])
            try right.transaction {
                let claimed = try right.dueItems(.call, at: Sample.time(9), limit: 9).map(\.key)
                #expect(claimed == [.run(Sample.id(2))])
                try left.connection().send("SET LOCAL lock_timeout = '100ms'")
                var changes = Changes()
                changes.queueItems = [Sample.item(.run(Sample.id(1)), .discover, due: 5)]
                try left.write(changes)
                _ = try left.connection().drain()
            }
        }
    }
}
