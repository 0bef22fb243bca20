import Engine
import Foundation
import JSON
import PostgresRig
import Testing
import Wire

@testable import Stores

/// A commit that has happened and that nobody has heard of.
@Suite("A commit without an answer") struct CommitLossTests {
    private let server: PostgresServer
    private let engine: Engine
    private let now = Cluster.start

    init() throws {
        server = try PostgresServer()
        engine = try Engine(store: try PostgresStore(PostgresAddress(server.uri()), node: Sample.id(1)))
        let function: JSON = [
            "id": "app-f", "name": "f", "triggers": [["event": "go"]],
            "steps": [
                "step": ["id": "step", "name": "step", "runtime": ["type": "http", "url": "http://app?fnId=f"]]
            ],
        ]
        let app = Registration(url: "http://app", appName: "app", sdk: "test", functions: [function])
        _ = try engine.execute([SyncApp(app)], now: now, room: 0).outcomes.first?.get()
    }

    /// Has the next commit happen, and its session end before it is acknowledged: it waits for a standby that there
    /// is not.
    private func loseCommit() throws {
        try server.sql("ALTER SYSTEM SET synchronous_standby_names = 'nobody'")
        try server.sql("SELECT pg_reload_conf()")
        while try server.sql("SHOW synchronous_standby_names") != "nobody" {}
        let server = server
        Thread.detachNewThread {
            let waiting = "FROM pg_stat_activity WHERE wait_event = 'SyncRep'"
            while (try? server.sql("SELECT count(*) \(waiting)")) == "0" {}
            _ = try? server.sql("ALTER SYSTEM RESET synchronous_standby_names")
            _ = try? server.sql("SELECT pg_terminate_backend(pid) \(waiting)")
            _ = try? server.sql("SELECT pg_reload_conf()")
        }
    }

    @Test("Its commands are not done again, and the calls that were leased in it become due again")
    func happensOnce() throws {
        try loseCommit()
        let events = [IngestEvents([["name": "go"]]), IngestEvents([["name": "go"]])]
        let batch = engine.execute(events, now: now, room: 10)
        #expect(throws: (any Error).self) { try batch.outcomes[0].get() }
        #expect(throws: (any Error).self) { try batch.outcomes[1].get() }
        #expect(batch.storeError != nil)
        #expect(batch.calls.isEmpty)
        let queries = Queries(try PostgresConnection(server.uri()))
        #expect(try queries.runs(RunQuery(limit: 10)).elements.count == 2)
        // What the shell does when the store has failed.
        let taken = try engine.execute([Reconcile(held: [])], now: now, room: 0).outcomes.first?.get()
        #expect(taken as? Int == 2)
        #expect(engine.execute([], now: now, room: 10).calls.count == 2)
    }
}
