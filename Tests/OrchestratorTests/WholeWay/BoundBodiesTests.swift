import AsyncHTTPClient
import Hummingbird
import HummingbirdTesting
import NIOCore
import Testing

@testable import Orchestrator

@Suite("Bodies of all requests together", .timeLimit(.minutes(10)))
struct BoundBodiesTests {
    @Test("What is beyond the budget is told to come back, and what is answered makes room")
    func budget() async throws {
        let (arrivals, arrived) = AsyncStream.makeStream(of: Void.self)
        let (gate, opening) = AsyncStream.makeStream(of: Never.self)
        let router = Router()
        router.add(middleware: AnswerErrors(kind: .dev))
        router.add(middleware: BoundBodies(bytes: 10))
        router.post("/slow") { request, _ in
            _ = try await RequestBytes.read(request, limit: 100)
            arrived.yield()
            for await _ in gate {}
            return "done"
        }
        router.post("/quick") { request, _ in
            _ = try await RequestBytes.read(request, limit: 100)
            return "done"
        }
        try await Application(router: router).test(.ahc(.http)) { client in
            async let slow = client.execute(
                uri: "/slow", method: .post, headers: [:], body: ByteBuffer(string: "12345678"))
            _ = await arrivals.first { true }
            let refused = try await client.execute(uri: "/quick", method: .post, body: ByteBuffer(string: "123"))
            #expect(refused.status == .tooManyRequests)
            #expect(refused.headers[.retryAfter] == "1")
            let small = try await client.execute(uri: "/quick", method: .post, body: ByteBuffer(string: "12"))
            #expect(small.status == .ok)
            opening.finish()
            #expect(try await slow.status == .ok)
            let later = try await client.execute(uri: "/quick", method: .post, body: ByteBuffer(string: "123"))
            #expect(later.status == .ok)
        }
    }

    /// A request whose body is announced and comes when the test wants it to.
    private static func request(_ url: String, announcing count: Int64) -> (
        HTTPClientRequest, AsyncStream<ByteBuffer>.Continuation
    ) {
        let (parts, continuation) = AsyncStream.makeStream(of: ByteBuffer.self)
        var request = HTTPClientRequest(url: url)
        request.method = .POST
        request.body = .stream(parts, length: .known(count))
        return (request, continuation)
    }

    @Test("What is announced and has not come in takes nothing from others")
    func announced() async throws {
        let (arrivals, arrived) = AsyncStream.makeStream(of: Void.self)
        let router = Router()
        router.add(middleware: AnswerErrors(kind: .dev))
        router.add(middleware: BoundBodies(bytes: 10))
        router.post("/") { request, _ in
            arrived.yield()
            return String(try await RequestBytes.read(request, limit: 100).count)
        }
        try await serving(router) { url in
            let (slow, parts) = Self.request(url, announcing: 8)
            async let answer = HTTPClient.shared.execute(slow, timeout: .seconds(50))
            parts.yield(ByteBuffer(string: "1"))
            _ = await arrivals.first { true }
            var quick = HTTPClientRequest(url: url)
            quick.method = .POST
            quick.body = .bytes(ByteBuffer(string: "12345678"))
            let other = try await HTTPClient.shared.execute(quick, timeout: .seconds(50))
            #expect(other.status == .ok)
            parts.yield(ByteBuffer(string: "2345678"))
            parts.finish()
            #expect(try await answer.status == .ok)
        }
    }

    @Test("A body that is said to be larger than its route takes is refused before it comes")
    func refusedEarly() async throws {
        try await RunningOrchestrator.with(kind: .cloud) { orchestrator in
            let (request, parts) = Self.request("\(orchestrator.url)/login", announcing: 10 << 20)
            let answer = try await HTTPClient.shared.execute(request, timeout: .seconds(50))
            #expect(answer.status == .payloadTooLarge)
            parts.finish()
        }
    }

    @Test("A body has half a minute, and more where much comes in")
    func pace() {
        #expect(BodyPace.allows(1, after: .seconds(29)))
        #expect(!BodyPace.allows(2, after: .seconds(31)))
        #expect(BodyPace.allows(10 << 20, after: .seconds(180)))
        #expect(!BodyPace.allows(1 << 20, after: .seconds(60)))
    }
}
