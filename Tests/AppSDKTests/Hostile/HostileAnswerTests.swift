import Foundation
import JSON
import Testing
import Wire

@testable import AppSDK

/// Ways of answering that no server should have.
private let hostileAnswers: [(String, RawServer.Behaviour)] = [
    ("no answer", .bytesThenSilence("")),
    ("closed at once", .close),
    ("half a head", .bytes("HTTP/1.1 200")),
    ("no HTTP", .bytes("SSH-2.0-OpenSSH_9.2\r\n")),
    ("a body that is cut off", .bytes("HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\n{\"ok\":")),
    ("a body that never ends", .drip),
    ("a body that stops", .bytesThenSilence("HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\n{")),
    ("two lengths", .bytes("HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\n{}")),
    ("a body beyond the limit", .large(3_000_000)),
    ("a page", .json("200 OK", "<html>captive portal</html>")),
    ("an error page", .json("502 Bad Gateway", "<html>bad gateway</html>")),
    ("an error for ever", .json("503 Service Unavailable", #"{"error":"try later"}"#)),
    ("deep JSON", .json("200 OK", String(repeating: "[", count: 100_000))),
    ("a list", .json("200 OK", "[1,2]x")),
]

/// The orchestrator's side of each request that the SDK makes is hostile: the caller gets an error that says what was
/// wrong, in bounded time, and the next request to a healthy server works.
@Suite("Hostile answers over real HTTP", .timeLimit(.minutes(10)))
struct HostileAnswerTests {
    private func configuration(_ origin: String) -> Configuration {
        var configuration = Configuration(mode: .dev, environment: ["INNGEST_DEV": origin])
        configuration.transport = AsyncHTTPTransport(timeout: .milliseconds(300), responseLimit: 1 << 20)
        configuration.pause = { _ in }
        configuration.logger.logLevel = .critical
        return configuration
    }

    private func app(_ origin: String, _ recorder: Recorder = Recorder()) throws -> App {
        try App("app", configuration: configuration(origin)) {
            Function("f", on: .event(Started.self)) { context in
                try await context.step.run("one") { recorder.note("one") }
                try await context.step.run("two") { recorder.note("two") }
                return context.event.data.value
            }
        }
    }

    @Test("Registering", arguments: hostileAnswers) func register(name: String, behaviour: RawServer.Behaviour)
        async throws
    {
        let server = try await RawServer.start { _ in behaviour }
        let app = try app(server.origin)
        var endpoint = try Endpoint(mode: .dev, environment: [:])
        endpoint.app = app
        let answer = await endpoint.send(.put)
        #expect(answer.status >= 500, "\(name)")
        #expect(answer.body["message"]?.string?.isEmpty == false)
        #expect(answer.body["modified"] == false)
        await server.stop()
    }

    @Test("Sending events", arguments: hostileAnswers) func events(name: String, behaviour: RawServer.Behaviour)
        async throws
    {
        let server = try await RawServer.start { _ in behaviour }
        let client = Client(configuration(server.origin))
        let error = await #expect(throws: SendError.self, "\(name)") { try await client.send(Started(value: 1)) }
        #expect(error?.description.contains(server.origin) == true)
        #expect(server.requestCount <= 12)
        await server.stop()
    }

    @Test("Loading big state", arguments: hostileAnswers) func state(name: String, behaviour: RawServer.Behaviour)
        async throws
    {
        let server = try await RawServer.start { _ in behaviour }
        let body = #"{"ctx":{"run_id":"01HF7YAT00E1GNW5DVS1MP5ZFZ"},"use_api":true}"#
        let answer = try await app(server.origin).answer(Array(body.utf8), function: "app-f")
        // A list where an object of steps is expected is no state, either; then there is no event.
        #expect(answer.status >= 400, "\(name)")
        #expect(answer.headers[HeaderName.sdk] != nil)
        await server.stop()
    }

    @Test("Reporting steps", arguments: hostileAnswers) func checkpoint(name: String, behaviour: RawServer.Behaviour)
        async throws
    {
        let server = try await RawServer.start { _ in behaviour }
        let recorder = Recorder()
        let call = CallRequest(
            functionID: "f", runID: ULID(time: now, random: 1), queueItemID: "q",
            events: [["name": "test/started", "data": ["value": 3]]])
        let outcome = try await app(server.origin, recorder).answer(call.encode(), function: "app-f").interpret()
        guard case .ops(let ops, _) = outcome else { return #expect(Bool(false), "\(name): \(outcome)") }
        // Either the report counts as taken, for its status says so, or the step is the answer to the call.
        #expect([[.runComplete], [.stepRun]].contains(ops.map(\.code)), "\(name)")
        #expect(recorder.count("one") == 1)
        await server.stop()
    }

    @Test("A chain of redirects without end ends with an error") func redirects() async throws {
        let server = try await RawServer.start { origin in
            .bytes(
                "HTTP/1.1 307 Temporary Redirect\r\nlocation: \(origin)/\(UUID())\r\ncontent-length: 0\r\n"
                    + "connection: close\r\n\r\n")
        }
        let client = Client(configuration(server.origin))
        await #expect(throws: SendError.self) { try await client.send(Started(value: 1)) }
        // Five attempts, and the client that all apps of a process share follows 20 redirects.
        #expect(server.requestCount <= 5 * 21)
        await server.stop()
    }
}
