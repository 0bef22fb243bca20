import AppSDK
import Foundation
import PostgresRig
import Testing

@testable import Stores

/// A database that is away for longer than the leases of all nodes. Real processes, in real time.
@Suite("A database that is away for long", .timeLimit(.minutes(10)))
struct OutageTests {
    @Test("Nobody takes over the calls of a node that was cut off like all others") func allCutOff() async throws {
        let server = try PostgresServer()
        let (starts, started) = AsyncStream.makeStream(of: Int.self)
        let (end, ends) = AsyncStream.makeStream(of: Never.self)
        let calls = CallCount()
        try await Relay.with(before: server) { left, leftURI in
            try await Relay.with(before: server) { right, rightURI in
                try await RealNode.with(["left", "right"]) { nodes in
                    let app = try App("away", configuration: nodes[0].configuration) {
                        Function("work", on: .event(named: "away/work"), .checkpointing(.off)) { context in
                            try await context.step.run("slow") {
                                started.yield(calls.next())
                                for await _ in end {}
                                return "done"
                            }
                        }
                    }
                    for (node, uri) in zip(nodes, [leftURI, rightURI]) {
                        try await node.start(on: uri, ["--node-timeout", "4"])
                    }
                    try await serving(RealNode.router(app)) { url in
                        try await nodes[0].api.register(url + "/api/inngest")
                        var events: [String] = []
                        for number in 0..<12 { events.append(try await nodes[number % 2].send("away/work")) }
                        _ = await starts.first { $0 == 12 }
                        for relay in [left, right] { relay.stall(true) }
                        let connection = try PostgresConnection(server.uri())
                        let alive = "SELECT 1 FROM nodes WHERE alive_until > now()"
                        while try !connection.rows(alive, row: { $0.int(0) }).isEmpty { await Task.yield() }
                        // Their answers come while the database is away, and are kept.
                        ends.finish()
                        for relay in [left, right] { relay.cut() }
                        // One of them is back before the other.
                        left.stall(false)
                        while try connection.rows(alive, row: { $0.int(0) }).isEmpty { await Task.yield() }
                        right.stall(false)
                        for event in events {
                            let run = try await nodes[0].completedRun(of: event)
                            let history = try await nodes[0].api.timeline(run)["history"]?.elements
                            #expect(history?.count { $0["kind"] == "lease.lost" } == 0)
                        }
                        #expect(calls.count == 12)
                    }
                }
            }
        }
    }
}
