import Engine
import Foundation
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

    @Test("A disk that is full refuses, and nothing that was refused is there when there is room again")
    func fullDisk() throws {
        let server = try PostgresServer()
        // Only root may make a small disk.
        guard let disk = try? server.smallDisk(megabytes: 16) else { return }
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
}
