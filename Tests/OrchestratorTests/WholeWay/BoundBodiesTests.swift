import Hummingbird
import HummingbirdTesting
import NIOCore
import Testing

@testable import Orchestrator

@Suite("Bodies of all requests together", .timeLimit(.minutes(1)))
struct BoundBodiesTests {
    @Test("What is beyond the budget is told to come back, and what is answered makes room")
    func budget() async throws {
        let (arrivals, arrived) = AsyncStream.makeStream(of: Void.self)
        let (gate, opening) = AsyncStream.makeStream(of: Never.self)
        let router = Router()
        router.add(middleware: AnswerErrors(kind: .dev))
        router.add(middleware: BoundBodies(budget: 10))
        router.post("/slow") { _, _ in
            arrived.yield()
            for await _ in gate {}
            return "done"
        }
        router.post("/quick") { _, _ in "done" }
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
}
