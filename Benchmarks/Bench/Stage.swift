import Foundation
import JSON
import Rig

/// What is measured: an orchestrator in a process of its own, and in this one its app, beside an echo on the same server.
struct Stage: Sendable {
    let child: OrchestratorChild
    let app: BenchApp
    let orchestrator: LoopbackClient
    let echo: Echo
    private let server: LoopbackServer

    /// Starts an orchestrator with an empty database and default durability.
    static func set(binary: URL, folder: URL) async throws -> Stage {
        let child = try OrchestratorChild(binary: binary, log: folder.appendingPathComponent("orchestrator.log"))
        do {
            let app = try BenchApp(orchestrator: child.origin)
            let server = try await LoopbackServer.start(app.router())
            try child.start([
                "dev", "--sqlite", folder.appendingPathComponent("state.sqlite").path,
                "-u", "\(server.origin)/api/inngest", "--no-poll", "--log-level", "warning",
            ])
            try await child.ready()
            try await child.registered()
            return Stage(
                child: child, app: app, orchestrator: LoopbackClient(origin: child.origin),
                echo: Echo(client: LoopbackClient(origin: server.origin)), server: server)
        } catch {
            child.kill()
            throw error
        }
    }

    func strike() {
        child.kill()
        server.stop()
    }

    /// Sends events of one name in one request.
    func send(_ name: String, count: Int = 1) async throws {
        let event: JSON = ["data": ["text": .string(BenchApp.text)], "name": .string(name)]
        let body = count == 1 ? event : .array(repeatElement(event, count: count))
        let answer = try await orchestrator.send("POST", "/e/bench", body: Array(body.bytes))
        guard answer.status == 200 else {
            throw RigError("events were refused: \(String(decoding: answer.body.prefix(300), as: UTF8.self))")
        }
    }
}
