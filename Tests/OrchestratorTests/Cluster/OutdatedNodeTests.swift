import Foundation
import PostgresRig
import Testing
import Wire

@testable import Stores

/// An orchestrator that meets a schema from which a newer one has taken something away. Real processes.
@Suite("An outdated node", .timeLimit(.minutes(10)))
struct OutdatedNodeTests {
    private let server: PostgresServer
    private let uri: String

    init() throws {
        server = try PostgresServer.shared.get()
        uri = try server.newSchema()
    }

    /// What a later release does to the schema: it adds a column, and the one after that takes it away.
    private func upgrade() throws {
        let known = PostgresSchema.current.migrations
        let later = PostgresSchema(
            migrations: known + [
                .init(sql: "ALTER TABLE runs ADD COLUMN colour TEXT", minimum: known.count),
                .init(sql: "ALTER TABLE runs DROP COLUMN colour", minimum: known.count + 2),
            ])
        var ids = ULIDSource()
        _ = try PostgresStore(PostgresAddress(uri), node: ids.next(at: Timestamp(milliseconds: 1)), schema: later)
    }

    private func sql(_ text: String) throws -> Int? {
        try PostgresConnection(uri).rows(text) { $0.int(0) }.first
    }

    /// Whether it has ended by itself, and said why.
    private func expectEnd(of node: RealNode) async throws {
        #expect(try await node.child.ended() == 78)
        #expect(node.child.output.contains("this orchestrator knows up to"), "\(node.child.output)")
        #expect(node.child.output.contains("start the newer version"), "\(node.child.output)")
        #expect(try sql("SELECT count(*) FROM nodes") == 0)
    }

    @Test("At its start it ends with a message and an exit code of its own") func start() async throws {
        try upgrade()
        try await RealNode.with(["old"]) { nodes in
            try nodes[0].launch(on: uri)
            try await expectEnd(of: nodes[0])
        }
    }

    @Test("Silent while the others were upgraded, it ends when it comes back, though it has nothing to do")
    func comesBack() async throws {
        try await RealNode.with(["old"]) { nodes in
            try await nodes[0].start(on: uri, ["--node-timeout", "2"])
            nodes[0].child.freeze(true)
            while try sql("SELECT count(*) FROM nodes WHERE alive_until > now()") != 0 { await Task.yield() }
            try upgrade()
            nodes[0].child.freeze(false)
            try await expectEnd(of: nodes[0])
        }
    }

    @Test("While it runs, the first command that finds it is refused, and it ends") func running() async throws {
        try await RealNode.with(["old"]) { nodes in
            try await nodes[0].start(on: uri)
            // As after an upgrade by force: nobody migrates while a node that would miss it is alive.
            try PostgresConnection(uri).execute("UPDATE schema_version SET version = 99, minimum = 99")
            #expect(try await nodes[0].post("any").status == 503)
            try await expectEnd(of: nodes[0])
        }
    }
}
