import AppSDK
import AppSDKHummingbird
import Foundation
import JSON
import PostgresRig
import Testing

/// Who watches one node sees what happens on the others. Real processes, over HTTP.
@Suite("The live feed of several nodes", .timeLimit(.minutes(10)))
struct LiveAcrossNodesTests {
    /// - Parameter name: what the server knows the watched node by.
    private func withNodes(
        _ name: String, _ body: @Sendable @escaping (_ watched: RealNode, _ busy: RealNode) async throws -> Void
    ) async throws {
        let uri = try PostgresServer.shared.get().newSchema()
        try await RealNode.with(["watched", "busy"]) { nodes in
            try await nodes[1].start(on: uri)
            let app = try App("live", configuration: nodes[1].configuration) {
                Function("add", on: .event(named: "live/add")) { context in
                    let one = try await context.step.run("one") { 1 }
                    return try await context.step.run("two") { one + 1 }
                }
            }
            try await serving(RealNode.router(app)) { url in
                try await nodes[1].api.register(url + "/api/inngest")
                // It comes last, and is known to the other all the same.
                try await nodes[0].start(on: uri + "&application_name=\(name)")
                try await body(nodes[0], nodes[1])
            }
        }
    }

    /// Whether frames tell of events and of their completed runs.
    private func tell(_ frames: [LiveStream.Frame], of events: [String], _ runs: [String]) -> Bool {
        let completed = frames.reduce(into: [:]) { $0.merge($1.runs) { $1 } }.filter { $0.value == "Completed" }.keys
        return Set(events).isSubset(of: frames.flatMap(\.events)) && Set(runs).isSubset(of: completed)
    }

    /// Has a node do something, and returns the events and the runs.
    private func work(_ count: Int, on node: RealNode) async throws -> (events: [String], runs: [String]) {
        var events: [String] = []
        for _ in 0..<count { events.append(try await node.send("live/add")) }
        var runs: [String] = []
        for event in events { runs.append(try await node.completedRun(of: event)["run_id"]?.string ?? "") }
        return (events, runs)
    }

    @Test("Events and runs of another node appear, and who comes back gets all that was missed, once")
    func acrossNodes() async throws {
        try await withNodes("seeing") { watched, busy in
            var live = try await LiveStream(of: watched).makeAsyncIterator()
            #expect(try await live.next()?.name == "hello")
            let (events, runs) = try await work(5, on: busy)
            let seen = try await live.frames { tell($0, of: events, runs) }
            #expect(seen.allSatisfy { $0.name == "change" })

            // The connection is gone, and things go on. What they leave is told within the pace of the feed.
            let last = try #require(seen.last)
            let (missedEvents, missedRuns) = try await work(5, on: busy)
            var again = try await LiveStream(of: watched, after: last.id).makeAsyncIterator()
            let hello = try #require(try await again.next())
            #expect(hello.name == "hello")
            let caughtUp = try await again.frames { tell($0, of: missedEvents, missedRuns) }
            #expect(caughtUp.allSatisfy { $0.name == "change" })
            let ids = (seen + caughtUp).map(\.id)
            #expect(Set(ids).count == ids.count)
        }
    }

    @Test("Where word of the other nodes was lost, everybody who watches is told to read again")
    func deaf() async throws {
        try await withNodes("deaf") { watched, busy in
            var live = try await LiveStream(of: watched).makeAsyncIterator()
            #expect(try await live.next()?.name == "hello")
            let (events, runs) = try await work(1, on: busy)
            let last = try #require(try await live.frames { tell($0, of: events, runs) }.last)
            // The connection on which it listens is broken off.
            try PostgresServer.shared.get().sql(
                """
                SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'deaf'
                    AND (query LIKE '%UPDATE nodes%' OR query LIKE '%pg_notify%' OR query LIKE 'LISTEN%')
                """)
            _ = try await live.frames { $0.contains { $0.name == "reset" } }
            // Who comes back now is told so, too.
            var again = try await LiveStream(of: watched, after: last.id).makeAsyncIterator()
            _ = try await again.frames { $0.contains { $0.name == "reset" } }
            // And what happens from then on is heard again.
            let (laterEvents, laterRuns) = try await work(1, on: busy)
            _ = try await again.frames { tell($0, of: laterEvents, laterRuns) }
        }
    }
}
