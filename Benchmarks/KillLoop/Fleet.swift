import Foundation
import Hummingbird
import JSON
import PostgresRig
import Rig
import Synchronization

/// The orchestrators that are killed: one on a SQLite file, or some that share a PostgreSQL server.
final class Fleet: Sendable {
    let nodes: [OrchestratorChild]
    let server: PostgresServer?
    private let place: [String]
    /// Checkpoints that came through the balancer.
    private let checkpointCount = Mutex(0)

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

    var checkpoints: Int { checkpointCount.withLock { $0 } }

    func start(_ number: Int, app: LoopbackServer) throws {
        let name = server == nil ? [] : ["--node-name", LeaseBook.name(of: number)]
        try nodes[number].start(
            ["dev"] + place + name + [
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

    /// What apps send events and checkpoints to and register with while nodes come and go: hands each request to a node
    /// that answers, which is seldom the one that has called the app.
    /// The SDK gives its events a seed, so that sending them twice is sending them once.
    func balancer() -> Router<BasicRequestContext> {
        let router = Router()
        for path in ["/e/:key", "/fn/register", "/v1/checkpoint/:id/async"] {
            router.post(RouterPath(path)) { [self] request, _ in
                if path.hasPrefix("/v1") { checkpointCount.withLock { $0 += 1 } }
                return try await Self.forward(request, to: origins)
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
