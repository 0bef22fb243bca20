import Foundation
import Hummingbird
import JSON
import PostgresRig
import Rig

/// The orchestrators that are killed: one on a SQLite file, or some that share a PostgreSQL server.
final class Fleet: Sendable {
    let nodes: [OrchestratorChild]
    private let server: PostgresServer?
    private let place: [String]

    /// - Parameter postgres: how many share a server; nil for one on a file.
    init(binary: URL, folder: URL, postgres count: Int?) throws {
        if let count {
            let server = try PostgresServer()
            self.server = server
            // Short, so that the calls of a node that was killed are taken over soon.
            place = ["--postgres-uri", server.uri(), "--node-timeout", "3"]
            nodes = try (0..<count).map { number in
                try OrchestratorChild(binary: binary, log: folder.appendingPathComponent("node-\(number).log"))
            }
        } else {
            server = nil
            place = ["--sqlite", folder.appendingPathComponent("state.sqlite").path]
            nodes = [try OrchestratorChild(binary: binary, log: folder.appendingPathComponent("orchestrator.log"))]
        }
    }

    var origins: [String] { nodes.map(\.origin) }

    func start(_ node: OrchestratorChild, app: LoopbackServer) throws {
        try node.start(
            ["dev"] + place + [
                "-u", "\(app.origin)/api/inngest", "--poll-interval", "1", "--retry-interval", "0", "--log-level",
                "warning",
            ])
    }

    func ready() async throws {
        for node in nodes { try await node.ready() }
    }

    func kill() {
        for node in nodes { node.kill() }
    }

    /// What apps send events to and register with while nodes come and go: hands each request to a node that answers.
    /// The SDK gives its events a seed, so that sending them twice is sending them once.
    func balancer() -> Router<BasicRequestContext> {
        let router = Router()
        for path in ["/e/:key", "/fn/register"] {
            router.post(RouterPath(path)) { [origins] request, _ in
                try await Self.forward(request, to: origins)
            }
        }
        return router
    }

    private static func forward(_ request: Request, to origins: [String]) async throws -> Response {
        let headers = request.headers.filter {
            $0.name.canonicalName.hasPrefix("x-inngest") || $0.name == .authorization
        }.map { ($0.name.canonicalName, $0.value) }
        let body = Array(buffer: try await request.body.collect(upTo: 8 << 20))
        for _ in 0..<500 {
            for origin in origins.shuffled() {
                let client = LoopbackClient(origin: origin)
                let answer = try? await client.send("POST", "\(request.uri)", headers: headers, body: body)
                guard let answer, answer.status != 503, answer.status != 429 else { continue }
                return Response(
                    status: .init(code: answer.status), body: ResponseBody(byteBuffer: ByteBuffer(bytes: answer.body)))
            }
            try await Task.sleep(for: .milliseconds(20))
        }
        return Response(status: .serviceUnavailable)
    }
}
