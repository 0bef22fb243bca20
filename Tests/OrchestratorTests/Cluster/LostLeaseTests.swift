import AppSDK
import AppSDKHummingbird
import Foundation
import Hummingbird
import JSON
import PostgresRig
import Testing

@testable import Orchestrator
@testable import Stores

@Suite("A lease that its node does not know of", .timeLimit(.minutes(10)))
struct LostLeaseTests {
    /// Has a node run a function once, while the body changes what the database says of it.
    ///
    /// - Returns: the run, once it is completed.
    private func run(
        _ function: any DurableFunction, event: String,
        meanwhile body: @escaping @Sendable (_ uri: String) async throws -> Void
    ) async throws -> JSON {
        let uri = try PostgresServer.shared.get().newSchema()
        let cluster = ClusterOptions(
            address: PostgresAddress(uri), timing: PostgresMember.Timing(lifetime: .seconds(3)))
        return try await RunningOrchestrator.with(cluster: cluster) { node in
            var configuration = Configuration(mode: .dev, environment: ["INNGEST_BASE_URL": node.url])
            configuration.logger.logLevel = .critical
            configuration.checkpointing = .off
            let router = Router()
            router.durable(try App("lost", configuration: configuration) { function }, at: "/api/inngest")
            return try await serving(router) { url in
                try await node.register(url + "/api/inngest")
                let answer = try await node.send("POST", "/e/key", body: #"{"name":"\#(event)"}"#)
                try await body(uri)
                return try await node.firstRun(of: answer.json["ids"]?[0]?.string ?? "", status: "Completed")
            }
        }
    }

    @Test("It is taken back, though nothing has gone wrong since") func takenBack() async throws {
        let function = Function("later", on: .event(named: "lost/later")) { context in
            if context.attempt == 0 { throw RetryAfterError("not yet", after: .hours(1)) }
            return "done"
        }
        let run = try await run(function, event: "lost/later") { uri in
            let connection = try PostgresConnection(uri)
            while try connection.rows("SELECT 1 FROM queue WHERE attempt = 1", row: { $0.int(0) }).isEmpty {
                await Task.yield()
            }
            // As after a commit whose answer was lost, and a look at it while another node had its run.
            try connection.execute(
                """
                UPDATE queue SET lease = '01M8KGZKQ1J051A2NR17ANSKWV', leased_at = queued_at,
                leased_by = (SELECT id FROM nodes)
                """)
        }
        #expect(run["output"] == "done")
    }

    @Test("An answer that comes too late ends no call but its own") func lateAnswer() async throws {
        let (starts, started) = AsyncStream.makeStream(of: Int.self)
        let (first, endFirst) = AsyncStream.makeStream(of: Never.self)
        let (second, endSecond) = AsyncStream.makeStream(of: Never.self)
        let calls = CallCount()
        let function = Function("work", on: .event(named: "lost/work")) { context in
            try await context.step.run("slow") {
                let call = calls.next()
                started.yield(call)
                for await _ in call == 1 ? first : second {}
                return "call \(call)"
            }
        }
        let run = try await run(function, event: "lost/work") { uri in
            _ = await starts.first { $0 == 1 }
            let connection = try PostgresConnection(uri)
            // As where the others take the node for dead, and it comes back before they have called.
            try connection.execute("UPDATE queue SET lease = NULL, leased_at = NULL, leased_by = NULL")
            _ = await starts.first { $0 == 2 }
            endFirst.finish()
            func beat() throws -> String? {
                try connection.rows("SELECT alive_until::text FROM nodes") { $0.text(0) }.first
            }
            // The second call lasts for some looks around.
            for _ in 0..<4 {
                let last = try beat()
                while try beat() == last { await Task.yield() }
            }
            endSecond.finish()
        }
        #expect(run["output"] == "call 2")
        #expect(calls.count == 2)
    }
}
