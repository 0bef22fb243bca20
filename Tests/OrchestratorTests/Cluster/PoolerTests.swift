import AppSDK
import AppSDKHummingbird
import Foundation
import JSON
import PostgresRig
import Testing

/// `orchestrator start` with a PgBouncer in transaction mode before PostgreSQL.
@Suite("Orchestrators behind PgBouncer", .timeLimit(.minutes(10)))
struct PoolerTests {
    @Test("Two share the work, and a node that is full leaves its calls to the other at its next look around")
    func works() async throws {
        let server = try PostgresServer()
        let pool = try PgBouncer(before: server)
        defer { withExtendedLifetime(pool) {} }
        try await RealNode.with(["left", "right"]) { nodes in
            for node in nodes { try await node.start(on: pool.uri, ["--postgres-pooler", "--queue-workers", "1"]) }
            let (starts, started) = AsyncStream.makeStream(of: Void.self)
            let (held, release) = AsyncStream.makeStream(of: Never.self)
            let app = try App("pooled", configuration: nodes[1].configuration) {
                Function("add", on: .event(named: "pooled/add")) { context in
                    var sum = 0
                    for number in 1...4 { sum += try await context.step.run("add-\(number)") { number } }
                    try await context.step.sleep("nap", for: .milliseconds(200))
                    return sum
                }
                Function("hold", on: .event(named: "pooled/hold")) { context in
                    try await context.step.run("hold") {
                        started.yield()
                        for await _ in held {}
                        return "let go"
                    }
                }
            }
            try await serving(RealNode.router(app)) { url in
                try await nodes[0].api.register(url + "/api/inngest")
                // The left one is full: its events are called for by the other, which nobody notifies.
                let holding = try await nodes[0].send("pooled/hold")
                _ = await starts.first { true }
                var events: [String] = []
                for _ in 0..<5 { events.append(try await nodes[0].send("pooled/add")) }
                for event in events {
                    #expect(try await nodes[0].completedRun(of: event)["output"] == 10)
                }
                release.finish()
                #expect(try await nodes[1].completedRun(of: holding)["output"] == "let go")
                #expect(try await nodes[1].states() == ["left": "running", "right": "running"])
            }
            for node in nodes { #expect(!node.child.output.contains("error"), "\(node.child.output)") }
            // It is a pooler's mode: nobody listens, and nothing is prepared.
            let listening = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'"
            #expect(try server.sql(listening) == "0")
        }
    }

    @Test("Without the option for it, what the pooler breaks is named, and what to do")
    func withoutOption() async throws {
        let server = try PostgresServer()
        let pool = try PgBouncer(before: server)
        defer { withExtendedLifetime(pool) {} }
        try await RealNode.with(["lone"]) { nodes in
            try nodes[0].launch(on: pool.uri)
            // Its second connection gets server processes on which its first one has prepared statements.
            #expect(try await nodes[0].child.ended() == 78)
            #expect(nodes[0].child.output.contains("start with --postgres-pooler"), "\(nodes[0].child.output)")
        }
    }
}
