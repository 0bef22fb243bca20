import AppSDKHummingbird
import Hummingbird
import HummingbirdTesting
import JSON
import Testing
import Wire

@testable import AppSDK

@Suite("Serving by Hummingbird, over a real connection")
struct HummingbirdTests {
    private func withServer(
        _ endpoint: Endpoint, _ body: @escaping @Sendable (any TestClientProtocol) async throws -> Void
    ) async throws {
        let router = Router()
        router.durable(endpoint.app)
        let server = Application(
            router: router, configuration: .init(address: .hostname("127.0.0.1", port: 0)))
        try await server.test(.live, body)
    }

    @Test("A signed call goes through byte for byte, and so does its answer") func call() async throws {
        try await withServer(Endpoint()) { client in
            try await client.execute(
                uri: "/api/inngest?fnId=app-f&stepId=step", method: .post,
                headers: [.init(HeaderName.signature)!: Endpoint.sign(callBody)], body: ByteBuffer(string: callBody)
            ) { response in
                #expect(response.status == .ok)
                #expect(String(buffer: response.body) == "3")
                let signature = try #require(response.headers[.init(HeaderName.signature)!])
                #expect(try SigningKey(key).verify(signature, of: "3".utf8, at: now))
            }
        }
    }

    @Test(
        "Methods are those of the endpoint", arguments: [(HTTPRequest.Method.get, 200), (.delete, 405), (.patch, 405)])
    func methods(method: HTTPRequest.Method, status: Int) async throws {
        try await withServer(Endpoint()) { client in
            try await client.execute(uri: "/api/inngest", method: method) { #expect($0.status.code == status) }
        }
    }

    @Test("A body beyond the limit is refused") func tooLarge() async throws {
        try await withServer(Endpoint(mode: .dev, environment: [:]) { $0.bodyLimit = 1000 }) { client in
            let body = ByteBuffer(repeating: 0x20, count: 5000)
            try await client.execute(uri: "/api/inngest", method: .post, body: body) { #expect($0.status.code == 413) }
        }
    }
}
