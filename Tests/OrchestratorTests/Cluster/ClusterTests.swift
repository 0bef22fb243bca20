import AppSDK
import AppSDKHummingbird
import Foundation
import Hummingbird
import JSON
import PostgresRig
import Stores
import Synchronization
import Testing

@testable import Orchestrator

/// Several orchestrators on one PostgreSQL, over HTTP. Nothing moves their clock: these tests take seconds.
@Suite("Several orchestrators on one database", .timeLimit(.minutes(10)))
struct ClusterTests {
    private typealias Node = RunningOrchestrator

    private static func cluster(_ uri: String) -> ClusterOptions {
        ClusterOptions(
            address: PostgresAddress(uri), timing: PostgresMember.Timing(lifetime: .seconds(3)))
    }

    private static func router(_ app: App) -> Router<BasicRequestContext> {
        let router = Router()
        router.durable(app, at: "/api/inngest")
        return router
    }

    private static func configuration(_ node: Node) -> Configuration {
        var configuration = Configuration(mode: .dev, environment: ["INNGEST_BASE_URL": node.url])
        configuration.logger.logLevel = .critical
        return configuration
    }

    @Test("What registers with one is known to the other, and either takes events and shows runs")
    func shared() async throws {
        let uri = try PostgresServer.shared.get().newSchema()
        try await Node.with(cluster: Self.cluster(uri)) { left in
            try await Node.with(cluster: Self.cluster(uri)) { right in
                let app = try App("pair", configuration: Self.configuration(right)) {
                    Function("add", on: .event(named: "pair/add")) { context in
                        var sum = 0
                        for number in 1...4 { sum += try await context.step.run("add-\(number)") { number } }
                        return sum
                    }
                }
                try await serving(Self.router(app)) { url in
                    try await left.register(url + "/api/inngest")
                    var events: [String] = []
                    for number in 0..<20 {
                        let answer = try await (number % 2 == 0 ? left : right)
                            .send("POST", "/e/key", body: #"{"name":"pair/add"}"#)
                        #expect(answer.status == 200)
                        events.append(answer.json["ids"]?[0]?.string ?? "")
                    }
                    for event in events {
                        let run = try await left.firstRun(of: event, status: "Completed")
                        #expect(run["output"] == 10)
                        #expect(try await right.runs(of: event).count == 1)
                    }
                    // A node that has work for all processors may count as silent for a while.
                    var states: [String] = []
                    while states != ["running", "running"] {
                        let nodes = try await right.send("GET", "/v1/nodes").data
                        states = nodes.elements.compactMap { $0["state"]?.string }
                    }
                    #expect(try await left.send("GET", "/ready").status == 200)
                }
            }
        }
    }

    @Test("A node that ends gives its open calls to the other one, and their late answers change nothing")
    func handsOver() async throws {
        let uri = try PostgresServer.shared.get().newSchema()
        let calls = Mutex(0)
        let (held, release) = AsyncStream.makeStream(of: Never.self)
        let (starts, started) = AsyncStream.makeStream(of: Void.self)
        try await Node.with(cluster: Self.cluster(uri)) { right in
            let app = try App("over", configuration: Self.configuration(right)) {
                Function("work", on: .event(named: "over/work")) { context in
                    try await context.step.run("slow") {
                        let count = calls.withLock { count in
                            count += 1
                            return count
                        }
                        started.yield()
                        if count == 1 { for await _ in held {} }
                        return "done by call \(count)"
                    }
                }
            }
            let router = Self.router(app)
            try await serving(router) { url in
                let event = try await Node.with(cluster: Self.cluster(uri), openCalls: 1) { left in
                    try await left.register(url + "/api/inngest")
                    let answer = try await left.send("POST", "/e/key", body: #"{"name":"over/work"}"#)
                    _ = await starts.first { true }
                    return answer.json["ids"]?[0]?.string ?? ""
                }
                let run = try await right.firstRun(of: event, status: "Completed")
                #expect(run["output"] == "done by call 2")
                release.finish()
                let kinds = try await right.timeline(run)["history"]?.elements.compactMap { $0["kind"]?.string } ?? []
                #expect(kinds.contains("lease.lost"))
            }
        }
    }

    @Test("Runs in flight on two nodes go on at a promoted standby, and what was acknowledged is there")
    func failover() async throws {
        let primary = try PostgresServer(settings: ["wal_level = replica"])
        let standby = try PostgresServer(following: primary)
        try primary.sql("ALTER SYSTEM SET synchronous_standby_names = '*'")
        try primary.sql("SELECT pg_reload_conf()")
        while try primary.sql("SELECT sync_state FROM pg_stat_replication") != "sync" { await Task.yield() }
        let uri = "postgresql:///postgres?host=\(primary.folder.path),\(standby.folder.path)&user=postgres"
        try await Node.with(cluster: Self.cluster(uri)) { left in
            try await Node.with(cluster: Self.cluster(uri)) { right in
                let app = try App("move", configuration: Self.configuration(right)) {
                    Function("nap", on: .event(named: "move/nap")) { context in
                        let before = try await context.step.run("before") { 1 }
                        try await context.step.sleep("nap", for: .milliseconds(800))
                        return try await context.step.run("after") { before + 1 }
                    }
                }
                try await serving(Self.router(app)) { url in
                    try await left.register(url + "/api/inngest")
                    var acknowledged: [String] = []
                    for number in 0..<20 {
                        let answer = try await (number % 2 == 0 ? left : right)
                            .send("POST", "/e/key", body: #"{"name":"move/nap"}"#)
                        #expect(answer.status == 200)
                        acknowledged.append(answer.json["ids"]?[0]?.string ?? "")
                    }
                    // Some sleep, some are being called.
                    try primary.kill()
                    #expect(try await left.send("POST", "/e/key", body: #"{"name":"move/nap"}"#).status == 503)
                    try standby.promote()
                    for (number, event) in acknowledged.enumerated() {
                        let run = try await (number % 2 == 0 ? right : left).firstRun(of: event, status: "Completed")
                        #expect(run["output"] == 2)
                    }
                }
            }
        }
    }

    @Test("While PostgreSQL is away events are refused and nothing is lost; afterwards it goes on by itself")
    func away() async throws {
        let server = try PostgresServer()
        try await Node.with(cluster: Self.cluster(server.uri())) { node in
            let app = try App("away", configuration: Self.configuration(node)) {
                Function("nap", on: .event(named: "away/nap")) { context in
                    try await context.step.sleep("nap", for: .milliseconds(500))
                    return try await context.step.run("after") { "awake" }
                }
            }
            try await serving(Self.router(app)) { url in
                try await node.register(url + "/api/inngest")
                let before = try await node.send("POST", "/e/key", body: #"{"name":"away/nap"}"#)
                #expect(before.status == 200)
                try server.kill()
                let refused = try await node.send("POST", "/e/key", body: #"{"name":"away/nap"}"#)
                #expect(refused.status == 503)
                #expect(try await node.send("GET", "/ready").status == 503)
                try server.start()
                let run = try await node.firstRun(of: before.json["ids"]?[0]?.string ?? "", status: "Completed")
                #expect(run["output"] == "awake")
                while try await node.send("GET", "/ready").status != 200 {}
                let after = try await node.send("POST", "/e/key", body: #"{"name":"away/nap"}"#)
                _ = try await node.firstRun(of: after.json["ids"]?[0]?.string ?? "", status: "Completed")
                #expect(try await node.send("GET", "/v1/runs").data.elements.map { $0 }.count == 2)
            }
        }
    }
}

extension RunningOrchestrator {
    /// The run that an event has started, once it has come to a status.
    func firstRun(of event: String, status: String) async throws -> JSON {
        while true {
            if let run = try? await runs(of: event).first, run["status"]?.string == status { return run }
            try await Task.sleep(for: .milliseconds(20))
        }
    }
}
