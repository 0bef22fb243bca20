import Hummingbird
import JSON
import Logging
import ServiceLifecycle
import Synchronization

/// A test double of the orchestrator: answers what the test says, and remembers what it was asked.
final class LoopbackOrchestrator: Sendable {
    struct Request: Sendable {
        let method: String
        /// With the query.
        let uri: String
        let authorization: String?
        let body: JSON?

        var line: String { "\(method) \(uri)" }
    }

    struct Answer: Sendable {
        let status: Int
        let body: String

        static func ok(_ json: JSON) -> Answer { Answer(status: 200, body: json.text) }

        static func data(_ data: JSON) -> Answer {
            .ok(["data": data, "metadata": ["fetched_at": "2026-11-23T13:00:00.000Z", "cached_until": .null]])
        }

        static func error(_ status: Int, _ message: String) -> Answer {
            Answer(status: status, body: (["error": .string(message), "status": .int(status)] as JSON).text)
        }
    }

    private let log = Mutex<[Request]>([])
    private let answer: @Sendable (Request) -> Answer

    private init(_ answer: @escaping @Sendable (Request) -> Answer) {
        self.answer = answer
    }

    var requests: [Request] { log.withLock { $0 } }

    /// Serves on a free port of 127.0.0.1 while the test runs.
    static func serve(
        _ answer: @escaping @Sendable (Request) -> Answer,
        _ test: @Sendable (LoopbackOrchestrator, _ url: String) async throws -> Void
    ) async throws {
        let orchestrator = LoopbackOrchestrator(answer)
        let (ports, port) = AsyncStream.makeStream(of: Int.self)
        var logger = Logger(label: "loopback")
        logger.logLevel = .critical
        let app = Application(
            responder: CallbackResponder { request, _ in try await orchestrator.respond(to: request) }
                as CallbackResponder<BasicRequestContext>,
            configuration: .init(address: .hostname("127.0.0.1", port: 0)),
            onServerRunning: { port.yield($0.localAddress?.port ?? 0) }, logger: logger)
        let services = ServiceGroup(configuration: .init(services: [app], logger: logger))
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await services.run() }
            for await number in ports {
                do {
                    try await test(orchestrator, "http://127.0.0.1:\(number)")
                } catch {
                    await services.triggerGracefulShutdown()
                    throw error
                }
                await services.triggerGracefulShutdown()
                break
            }
            try await group.waitForAll()
        }
    }

    private func respond(to request: Hummingbird.Request) async throws -> Response {
        var request = request
        let body = try await request.collectBody(upTo: 1 << 20)
        let seen = Request(
            method: request.method.rawValue, uri: request.uri.string, authorization: request.headers[.authorization],
            body: try? JSON(parsing: Array(buffer: body)))
        log.withLock { $0.append(seen) }
        let answer = answer(seen)
        return Response(
            status: .init(code: answer.status), headers: [.contentType: "application/json"],
            body: .init(byteBuffer: ByteBuffer(string: answer.body)))
    }
}
