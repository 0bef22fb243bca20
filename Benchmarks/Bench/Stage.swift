import Foundation
import JSON
import PostgresRig
import Rig

/// What is measured: an orchestrator in a process of its own, and in this one its app, beside an echo on the same server.
struct Stage: Sendable {
    /// The orchestrators; figures of a process are those of the first.
    let children: [OrchestratorChild]
    let app: BenchApp
    let orchestrators: [LoopbackClient]
    let postgres: PostgresServer?
    let echo: Echo
    private let server: LoopbackServer

    var child: OrchestratorChild { children[0] }

    /// Starts orchestrators with an empty database and default durability.
    ///
    /// - Parameter server: where several share a database; nil for one on a file.
    static func set(binary: URL, folder: URL, server postgres: PostgresServer?, count: Int) async throws -> Stage {
        let place = postgres.map { ["--postgres-uri", $0.uri()] }
        let children = try (0..<count).map { _ in
            try OrchestratorChild(binary: binary, log: folder.appendingPathComponent("orchestrator-\(UUID()).log"))
        }
        do {
            let app = try BenchApp(orchestrator: children[0].origin)
            let server = try await LoopbackServer.start(app.router())
            for child in children {
                try child.start(
                    ["dev"] + (place ?? ["--sqlite", folder.appendingPathComponent("state.sqlite").path]) + [
                        "-u", "\(server.origin)/api/inngest", "--no-poll", "--log-level", "warning",
                    ])
                try await child.ready()
                try await child.registered()
            }
            return Stage(
                children: children, app: app, orchestrators: children.map { LoopbackClient(origin: $0.origin) },
                postgres: postgres, echo: Echo(client: LoopbackClient(origin: server.origin)), server: server)
        } catch {
            for child in children { child.kill() }
            throw error
        }
    }

    func strike() {
        for child in children { child.kill() }
        server.stop()
    }

    /// Sends events of one name, in one request to each orchestrator.
    func send(_ name: String, count: Int = 1) async throws {
        let nodes = count == 1 ? 1 : orchestrators.count
        for (number, orchestrator) in orchestrators.prefix(nodes).enumerated() {
            try await send(name, count: count / nodes + (number < count % nodes ? 1 : 0), to: orchestrator)
        }
    }

    private func send(_ name: String, count: Int, to orchestrator: LoopbackClient) async throws {
        let event: JSON = ["data": ["text": .string(BenchApp.text)], "name": .string(name)]
        let body = count == 1 ? event : .array(repeatElement(event, count: count))
        let answer = try await orchestrator.send("POST", "/e/bench", body: Array(body.bytes))
        guard answer.status == 200 else {
            throw RigError("events were refused: \(String(decoding: answer.body.prefix(300), as: UTF8.self))")
        }
    }
}
