import Engine
import JSON
import PostgresRig
import Testing
import Wire

@testable import Stores

@Suite("Behind PgBouncer in transaction mode") struct PgBouncerTests {
    @Test("Two engines do their work while every transaction has another server process") func works() async throws {
        let server = try PostgresServer()
        let pool = try PgBouncer(before: server)
        let address = PostgresAddress(pool.uri, mode: .transaction)
        let now = Timestamp(milliseconds: 1_767_225_600_000)
        let engines = try (1...2).map { number in
            try Engine(store: try PostgresStore(address, node: Sample.id(number)))
        }
        let function: JSON = [
            "id": "app-f", "name": "f", "triggers": [["event": "go"]],
            "steps": [
                "step": ["id": "step", "name": "step", "runtime": ["type": "http", "url": "http://app?fnId=f"]]
            ],
        ]
        let app = Registration(url: "http://app", appName: "app", sdk: "test", functions: [function])
        _ = try engines[0].execute([SyncApp(app)], now: now, room: 0).outcomes.first?.get()
        var calls: [Call] = []
        for round in 0..<10 {
            let engine = engines[round % 2]
            calls += engine.execute([IngestEvents([["name": "go"], ["name": "go"]])], now: now, room: 10).calls
        }
        #expect(calls.count == 20)
        for (number, call) in calls.enumerated() {
            let answer = FinishCall(call.key, lease: call.lease, outcome: .returned(.int(number)), status: 200)
            // Whichever node brings it.
            let outcome = try engines[number / 2 % 2].execute([answer], now: now, room: 0).outcomes.first?.get()
            #expect(outcome as? FinishCall.Outcome == .applied)
        }
        let reader = PostgresReader(address, connections: 2)
        let runs = try await reader.runs(RunQuery(limit: 100)).elements
        #expect(runs.count == 20)
        #expect(runs.allSatisfy { $0.status == .completed })
        withExtendedLifetime(pool) {}
    }
}
