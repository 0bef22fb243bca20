import AsyncHTTPClient
import Engine
import Hummingbird
import JSON
import Logging
import NIOCore
import ServiceLifecycle
import Synchronization
import Testing
import Wire

@testable import Orchestrator

/// A process that is asked to end while work is under way. Its patience with a request is real time.
@Suite("Asked to end")
struct ShutdownTests {
    @Test("A clock on its way and a request that never ends do not keep the process", .timeLimit(.minutes(10)))
    func prompt() async throws {
        let (called, call) = AsyncStream.makeStream(of: Void.self)
        let (held, release) = AsyncStream.makeStream(of: Never.self)
        let router = Router()
        router.post("/x") { _, _ in
            call.yield()
            for await _ in held {}
            return Response(status: .ok)
        }
        try await serving(router) { url in
            let (ports, port) = AsyncStream.makeStream(of: Int.self)
            var logger = Logger(label: "test")
            logger.logLevel = .critical
            let process = OrchestratorProcess(
                kind: .dev, hostName: "127.0.0.1", port: 0, database: nil, credentials: .none,
                settings: EngineSettings(), openCalls: 20, appURLs: [], looksForApps: false, pollInterval: nil,
                logger: logger, onReady: { port.yield($0) })
            let group = ServiceGroup(
                configuration: .init(services: [RunningProcess(process: process)], logger: logger))
            async let ended: Void = group.run()
            let orchestrator = RunningOrchestrator(port: try #require(await ports.first { _ in true }))
            let registration = """
                {"url":"\(url)/x","appName":"slow","functions":[{"id":"slow-f","triggers":[{"event":"go"}],
                "steps":{"step":{"runtime":{"url":"\(url)/x"}}}}]}
                """
            #expect(try await orchestrator.send("POST", "/fn/register", body: registration).status == 200)
            #expect(try await orchestrator.send("POST", "/e/k", body: #"{"name":"go"}"#).status == 200)
            await called.first { _ in true }

            async let moved = orchestrator.send("POST", "/v1/clock", body: #"{"advance":"1d"}"#)
            while try await orchestrator.send("GET", "/v1/clock").data["moving"]?.isNull != false {}
            let half = Task { try await sendHalfAnEvent(to: orchestrator) }
            await group.triggerGracefulShutdown()
            #expect(try await moved.status == 503)
            try await ended
            half.cancel()
            // Only the app's own server waits for it by now.
            release.finish()
        }
    }

    private func sendHalfAnEvent(to orchestrator: RunningOrchestrator) async throws {
        let (parts, part) = AsyncStream.makeStream(of: ByteBuffer.self)
        part.yield(ByteBuffer(string: "{"))
        var request = HTTPClientRequest(url: orchestrator.url + "/e/k")
        request.method = .POST
        request.body = .stream(parts, length: .known(Int64(100)))
        _ = try await HTTPClient.shared.execute(request, timeout: .seconds(60))
    }
}
