import Engine
import Foundation
import JSON
import PostgresRig
import Testing
import Wire

@testable import Stores

/// What happens when the server does: each test has a server of its own. They take seconds of real time.
@Suite("Faults of PostgreSQL", .serialized) struct PostgresFaultTests {
    private func changes(_ run: Int) -> Changes {
        var changes = Changes()
        changes.newRuns = [Sample.run(run)]
        return changes
    }

    private func write(_ store: PostgresStore, _ run: Int) throws {
        try store.transaction { try store.write(changes(run)) }
    }

    private func found(_ store: PostgresStore, _ runs: ClosedRange<Int>) throws -> [ULID] {
        try store.transaction { try store.runs(runs.map { Sample.id($0) }) }.map(\.id)
    }

    @Test("After a restart all that was acknowledged is there, and it goes on") func restart() throws {
        let server = try PostgresServer()
        let store = try PostgresStore(PostgresAddress(server.uri()), node: Sample.id(0))
        try write(store, 1)
        server.stop()
        #expect(throws: PostgresError.self) { try write(store, 2) }
        #expect(throws: PostgresError.self) { try write(store, 2) }
        try server.start()
        try write(store, 3)
        #expect(try found(store, 1...3) == [Sample.id(1), Sample.id(3)])
    }

    @Test("A restart in which nobody asked for anything is not noticed") func idleRestart() async throws {
        let server = try PostgresServer()
        let address = PostgresAddress(server.uri())
        let store = try PostgresStore(address, node: Sample.id(0))
        let reader = PostgresReader(address, connections: 1)
        try write(store, 1)
        #expect(try await reader.runs([Sample.id(1)]).count == 1)
        server.stop()
        try server.start()
        try write(store, 2)
        #expect(try await reader.runs([Sample.id(1), Sample.id(2)]).count == 2)
    }

    @Test(
        "What is acknowledged is on disk, also where the server is set to less",
        arguments: ["off", "local", "remote_write"])
    func weakerCommit(setting: String) throws {
        let server = try PostgresServer.shared.get()
        let uri = try server.newSchema()
        let store = try PostgresStore(PostgresAddress(uri + "%20-csynchronous_commit%3D\(setting)"), node: Sample.id(0))
        let found = try store.transaction {
            try store.connection().rows("SELECT current_setting('synchronous_commit')") { $0.text(0) }
        }
        #expect(found == ["on"])
    }

    @Test("A database without all letters is refused, and it says what to do") func encoding() throws {
        let server = try PostgresServer()
        try server.sql("CREATE DATABASE latin ENCODING 'LATIN1' TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'")
        let uri = server.uri().replacingOccurrences(of: "/postgres?", with: "/latin?")
        let error = #expect(throws: PostgresUnfit.self) {
            try PostgresStore(PostgresAddress(uri), node: Sample.id(0))
        }
        #expect(error?.description.contains("UTF8") == true)
    }

    @Test("After a power cut all that was acknowledged is there") func powerCut() throws {
        let server = try PostgresServer()
        let store = try PostgresStore(PostgresAddress(server.uri()), node: Sample.id(0))
        var acknowledged: [ULID] = []
        for round in 0..<3 {
            for run in 1...20 {
                try write(store, round * 100 + run)
                acknowledged.append(Sample.id(round * 100 + run))
            }
            try server.kill()
            #expect(throws: PostgresError.self) { try write(store, 9999) }
            try server.start()
        }
        #expect(try store.transaction { try store.runs(acknowledged) }.map(\.id) == acknowledged)
    }

    @Test("A session that is broken off in a transaction leaves nothing of it") func brokenOff() throws {
        let server = try PostgresServer.shared.get()
        let address = PostgresAddress(try server.newSchema())
        let store = try PostgresStore(address, node: Sample.id(0))
        #expect(throws: PostgresError.self) {
            try store.transaction {
                try store.write(changes(1))
                _ = try store.catalogVersion()
                let victim = try #require(
                    try store.connection().rows("SELECT pg_backend_pid()") { $0.int(0) }.first)
                _ = try PostgresConnection(address).rows(
                    "SELECT pg_terminate_backend($1::int)", [.texts(["\(victim)"])]
                ) {
                    $0.int(0)
                }
            }
        }
        try write(store, 2)
        #expect(try found(store, 1...2) == [Sample.id(2)])
    }

    @Test("With several hosts in the URI, a promoted standby is found") func failover() throws {
        let primary = try PostgresServer(settings: ["synchronous_standby_names = ''", "wal_level = replica"])
        let standby = try PostgresServer(following: primary)
        let uri = "postgresql:///postgres?host=\(primary.folder.path),\(standby.folder.path)&user=postgres"
        let store = try PostgresStore(PostgresAddress(uri), node: Sample.id(0))
        // With synchronous replication, what is acknowledged is on both.
        try primary.sql("ALTER SYSTEM SET synchronous_standby_names = '*'")
        try primary.sql("SELECT pg_reload_conf()")
        try write(store, 1)
        try primary.kill()
        #expect(throws: PostgresError.self) { try write(store, 2) }
        // A standby alone is no place to write to.
        #expect(throws: PostgresError.self) { try write(store, 2) }
        try standby.promote()
        try write(store, 3)
        #expect(try found(store, 1...3) == [Sample.id(1), Sample.id(3)])
    }

    @Test(
        "A disk that is full refuses, and nothing that was refused is there when there is room again",
        .enabled(if: SmallDisk.canBeMade, "only root may mount a small disk"))
    func fullDisk() throws {
        let server = try PostgresServer()
        let disk = try server.smallDisk(megabytes: 16)
        defer { disk.remove() }
        try server.sql("ALTER DATABASE postgres SET default_tablespace = small")
        let store = try PostgresStore(PostgresAddress(server.uri()), node: Sample.id(0))
        try write(store, 1)
        try disk.fill()
        var large = Sample.event(7, data: ["text": .string(String(repeating: "x", count: 100_000))])
        large = StoredEvent(event: large.event, receivedAt: large.receivedAt)
        var changes = changes(2)
        changes.events = [large]
        let refused = changes
        do {
            for _ in 0..<100 { try store.transaction { try store.write(refused) } }
            Issue.record("it was written to a full disk")
        } catch let error as PostgresError {
            #expect(error.code == "53100", "\(error)")
        }
        #expect(try found(store, 1...2) == [Sample.id(1)])
        try disk.empty()
        try write(store, 3)
        #expect(try found(store, 1...3) == [Sample.id(1), Sample.id(3)])
    }

    @Test("A statement that takes too long is broken off by the server and the connection is kept") func slow() throws {
        let server = try PostgresServer.shared.get()
        let store = try PostgresStore(PostgresAddress(try server.newSchema()), node: Sample.id(0))
        #expect(throws: PostgresError.self) {
            try store.transaction {
                try store.connection().send("SET LOCAL statement_timeout = '50ms'")
                _ = try store.connection().rows("SELECT pg_sleep(5)") { $0.int(0) }
            }
        }
        try write(store, 1)
        #expect(try found(store, 1...1).count == 1)
    }

    // MARK: What the engine makes of it

    private func patient(_ server: PostgresServer, _ patience: (inout PostgresPatience) -> Void) -> PostgresAddress {
        var short = PostgresPatience()
        patience(&short)
        return PostgresAddress(server.uri(), patience: short)
    }

    /// An engine on a server, with a function that starts on `go`.
    private func engine(on address: PostgresAddress) throws -> Engine {
        let engine = try Engine(store: try PostgresStore(address, node: Sample.id(1)))
        let function: JSON = [
            "id": "app-f", "name": "f", "triggers": [["event": "go"]],
            "steps": [
                "step": ["id": "step", "name": "step", "runtime": ["type": "http", "url": "http://app?fnId=f"]]
            ],
        ]
        let app = Registration(url: "http://app", appName: "app", sdk: "test", functions: [function])
        _ = try engine.execute([SyncApp(app)], now: Cluster.start, room: 0).outcomes.first?.get()
        return engine
    }

    private func send(_ count: Int, to engine: Engine) -> Engine.Batch {
        let commands = (0..<count).map { _ in IngestEvents([["name": "go"]]) }
        return engine.execute(commands, now: Cluster.start, room: 0)
    }

    private func accepted(_ batch: Engine.Batch) -> Int { batch.outcomes.count { (try? $0.get()) != nil } }

    private func runs(_ server: PostgresServer) throws -> Int { Int(try server.sql("SELECT count(*) FROM runs")) ?? 0 }

    @Test("A server that hangs is waited for once for a whole batch, and when it goes on so does the engine")
    func hangs() throws {
        let server = try PostgresServer()
        let engine = try engine(on: patient(server) { $0.answer = .seconds(1) })
        server.freeze(true)
        let start = ContinuousClock.now
        let refused = send(50, to: engine)
        #expect(accepted(refused) == 0)
        #expect(refused.storeError != nil)
        // The connection is given up by now, and a new one can't be had.
        #expect(accepted(send(50, to: engine)) == 0)
        #expect(ContinuousClock.now - start < .seconds(30), "it waits once, and not once for each command")
        server.freeze(false)
        // What was under way when it was given up was not committed: its COMMIT was never sent.
        let patient = try self.engine(on: PostgresAddress(server.uri()))
        #expect(accepted(send(1, to: patient)) == 1)
        #expect(try runs(server) == 1)
        while accepted(send(1, to: engine)) == 0 {}
    }

    @Test("A table that is locked as by VACUUM FULL is waited for, then refused, and afterwards it goes on")
    func longVacuum() throws {
        let server = try PostgresServer()
        let engine = try engine(on: patient(server) { $0.lock = .milliseconds(300) })
        let vacuum = try PostgresConnection(server.uri())
        try vacuum.execute("BEGIN; LOCK TABLE runs IN ACCESS EXCLUSIVE MODE")
        let start = ContinuousClock.now
        let refused = send(50, to: engine)
        #expect(accepted(refused) == 0)
        #expect(refused.storeError != nil)
        #expect(ContinuousClock.now - start < .seconds(10), "it waits once, and not once for each command")
        try vacuum.execute("COMMIT")
        #expect(accepted(send(50, to: engine)) == 50)
        #expect(try runs(server) == 50)
    }

    @Test("What gets in each other's way is done again until it works", arguments: ["40001", "40P01"])
    func conflict(_ code: String) throws {
        let server = try PostgresServer()
        let engine = try engine(on: PostgresAddress(server.uri()))
        // The first three transactions fail; a sequence is not rolled back with them.
        try server.sql(
            """
            CREATE SEQUENCE tries;
            CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                IF nextval('tries') <= 3 THEN RAISE EXCEPTION 'in the way' USING ERRCODE = '\(code)'; END IF;
                RETURN NULL;
            END $$;
            CREATE TRIGGER fail AFTER INSERT ON runs FOR EACH STATEMENT EXECUTE FUNCTION fail();
            """)
        let batch = send(5, to: engine)
        #expect(accepted(batch) == 5)
        #expect(batch.storeError == nil)
        #expect(try server.sql("SELECT last_value FROM tries") == "4")
        #expect(try runs(server) == 5)
    }

    @Test("Each transaction has the timeouts that are configured", arguments: PostgresMode.allCases)
    func timeouts(_ mode: PostgresMode) throws {
        let server = try PostgresServer.shared.get()
        let store = try PostgresStore(PostgresAddress(try server.newSchema(), mode: mode), node: Sample.id(0))
        let found = try store.transaction {
            try store.connection().rows(
                """
                SELECT current_setting('statement_timeout'), current_setting('lock_timeout'),
                    current_setting('idle_in_transaction_session_timeout'), current_setting('synchronous_commit')
                """
            ) { [$0.text(0), $0.text(1), $0.text(2), $0.text(3)] }.first
        }
        #expect(found == ["30s", "10s", "15s", "on"])
    }
}
