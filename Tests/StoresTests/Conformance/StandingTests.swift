import JSON
import Testing
import Wire

@testable import Engine
@testable import Stores

/// Why a call waits, read from each store after the engine has worked on it.
@Suite struct StandingTests {
    /// An engine on a store, and how it is read.
    private final class House {
        let opened: OpenStore
        let engine: Engine
        let queries: Queries
        var now = Sample.start

        init(_ kind: StoreKind, _ functions: [(id: String, settings: [String: JSON?])]) throws {
            opened = try kind.open()
            engine = try Engine(store: opened.store)
            queries = try #require(opened.queries)
            let registered = functions.map { id, settings -> JSON in
                let runtime: JSON = ["type": "http", "url": "http://app?fnId=f"]
                let function: JSON = [
                    "id": .string("app-\(id)"), "name": .string(id), "triggers": [["event": .string(id)]],
                    "steps": ["step": ["id": "step", "name": "step", "runtime": runtime]],
                ]
                return function.merging(settings)
            }
            try perform(
                SyncApp(Registration(url: "http://app", appName: "app", sdk: "test", functions: registered)))
        }

        func perform<C: Command>(_ command: C, room: Int = 0) throws {
            _ = try #require(engine.execute([command], now: now, room: room).outcomes.first?.get() as? C.Outcome)
        }

        /// Sends events, with room for this many calls, and returns their runs.
        func start(_ id: String, _ users: String..., room: Int = 0) throws -> [Run] {
            for user in users {
                now = now + .milliseconds(1)
                try perform(IngestEvents([["name": .string(id), "data": ["user": .string(user)]]]), room: room)
            }
            return try queries.runs(RunQuery(limit: users.count)).elements.reversed()
        }

        func standing(_ run: Run) throws -> Standing {
            let standings = try #require(try queries.timeline(run.id)).standings
            try #require(standings.count == 1)
            return standings[0]
        }

        func rules(_ run: Run) throws -> QueueRules {
            let function = try #require(engine.catalog.functions[run.functionID])
            return try #require(QueueRules(function))
        }

        /// The rules that hold a run up, with who holds them.
        func obstacles(_ run: Run) throws -> [String: [ULID]] {
            let standing = try standing(run)
            let closed = standing.obstacles(try rules(run), at: now)
            return Dictionary(closed.map { ($0.rule.description, standing.holders[$0.gate.id] ?? []) }) { $1 }
        }
    }

    private static let keyed: JSON = ["key": "event.data.user", "limit": 1]
    private static let shared: JSON = ["key": "'mail'", "limit": 1, "scope": "account"]

    @Test(arguments: StoreKind.all) func namesEveryRuleThatIsFull(kind: StoreKind) throws {
        let house = try House(kind, [("f", ["concurrency": [Self.keyed, Self.shared]])])
        let first = try house.start("f", "ann", room: 1)[0]
        let runs = try house.start("f", "ann", "bob")
        let (own, account) = ("concurrency 1 per event.data.user", "concurrency 1 per 'mail' (account)")
        #expect(try house.obstacles(runs[0]) == [account: [first.id], own: [first.id]])
        #expect(try house.obstacles(runs[1]) == [account: [first.id]])
    }

    @Test(arguments: StoreKind.all) func namesTheRunOfAnotherFunction(kind: StoreKind) throws {
        let house = try House(
            kind, [("f", ["concurrency": Self.shared]), ("g", ["concurrency": Self.shared])])
        let other = try house.start("g", "ann", room: 1)[0]
        let run = try house.start("f", "bob")[0]
        #expect(try house.obstacles(run) == ["concurrency 1 per 'mail' (account)": [other.id]])
        #expect(other.functionID != run.functionID)
    }

    @Test(arguments: StoreKind.all) func namesARunThatHoldsItsPlaceToItsEnd(kind: StoreKind) throws {
        let house = try House(kind, [("f", ["concurrency": ["fn": [Self.keyed]]])])
        let runs = try house.start("f", "ann", "ann", room: 1)
        #expect(try house.obstacles(runs[1]) == ["concurrency of runs 1 per event.data.user": [runs[0].id]])
    }

    @Test(arguments: StoreKind.all) func namesACallThatMayGoAndIsNotMade(kind: StoreKind) throws {
        let house = try House(kind, [("f", ["concurrency": 2])])
        let runs = try house.start("f", "ann", "bob", "cid")
        #expect(try house.obstacles(runs[2]) == ["concurrency 2": [runs[0].id, runs[1].id]])
        #expect(try house.standing(runs[2]).ahead == 0)
    }

    @Test(arguments: StoreKind.all) func countsWhatStandsBeforeItAtAThrottle(kind: StoreKind) throws {
        let throttle: JSON = ["limit": 1, "period": "1h"]
        let house = try House(
            kind, [("f", ["concurrency": ["key": "event.data.user", "limit": 5], "throttle": throttle])])
        let runs = try house.start("f", "ann", "bob", "bob", "cid", room: 1)
        let hours = try runs.dropFirst().map { run -> Int64? in
            let standing = try house.standing(run)
            let closed = try #require(standing.obstacles(try house.rules(run), at: house.now).first)
            return standing.earliest(closed.rule, closed.gate, at: house.now).map {
                (($0 - house.now).milliseconds + 1_800_000) / 3_600_000
            }
        }
        // The fourth waits under another key, behind one at least of those before it.
        #expect(hours == [1, 2, 2])
    }

    @Test(arguments: StoreKind.all) func countsTheThrottleOfItsOwnKeyAlone(kind: StoreKind) throws {
        let throttle: JSON = ["key": "event.data.user", "limit": 1, "period": "1h"]
        let house = try House(kind, [("f", ["throttle": throttle])])
        let runs = try house.start("f", "ann", "bob", "ann", "bob", "bob", room: 2)
        #expect(try runs.dropFirst(2).map { try house.standing($0).ahead } == [0, 0, 1])
        #expect(try runs.dropFirst(2).map { try house.standing($0).lanesAhead } == [0, 0, 0])
    }
}
