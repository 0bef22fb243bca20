import AppSDK
import AppSDKHummingbird
import Foundation
import Hummingbird
import PostgresRig
import Testing

@testable import Orchestrator
@testable import Stores

@Suite("A lease that its node does not know of", .timeLimit(.minutes(1)))
struct LostLeaseTests {
    @Test("It is taken back, though nothing has gone wrong since") func takenBack() async throws {
        let uri = try PostgresServer.shared.get().newSchema()
        let cluster = ClusterOptions(
            address: PostgresAddress(uri), timing: PostgresMember.Timing(lifetime: .seconds(3)))
        try await RunningOrchestrator.with(cluster: cluster) { node in
            var configuration = Configuration(mode: .dev, environment: ["INNGEST_BASE_URL": node.url])
            configuration.logger.logLevel = .critical
            let app = try App("lost", configuration: configuration) {
                Function("later", on: .event(named: "lost/later")) { context in
                    if context.attempt == 0 { throw RetryAfterError("not yet", after: .hours(1)) }
                    return "done"
                }
            }
            let router = Router()
            router.durable(app, at: "/api/inngest")
            try await serving(router) { url in
                try await node.register(url + "/api/inngest")
                let answer = try await node.send("POST", "/e/key", body: #"{"name":"lost/later"}"#)
                let connection = try PostgresConnection(uri)
                while try connection.rows("SELECT 1 FROM queue WHERE attempt = 1", row: { $0.int(0) }).isEmpty {}
                // As after a commit whose answer was lost, and a look at it while another node had its run.
                try connection.execute(
                    """
                    UPDATE queue SET lease = '01M8KGZKQ1J051A2NR17ANSKWV', leased_at = queued_at,
                    leased_by = (SELECT id FROM nodes)
                    """)
                let run = try await node.firstRun(of: answer.json["ids"]?[0]?.string ?? "", status: "Completed")
                #expect(run["output"] == "done")
            }
        }
    }
}
