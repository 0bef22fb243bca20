import AppSDKHummingbird
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import JSON
import Synchronization
import Testing
import Wire

@testable import AppSDK

@Suite("Streamed answers")
struct StreamingTests {
    /// An app whose function returns when three spaces were sent.
    private func endpoint(_ mode: Configuration.Mode = .cloud) throws -> Endpoint {
        let (third, beat) = AsyncStream.makeStream(of: Void.self)
        let beats = Mutex(0)
        var configuration = Configuration(
            mode: mode, environment: ["INNGEST_SIGNING_KEY": key, "INNGEST_STREAMING": "true"])
        configuration.clock = { now }
        configuration.logger.logLevel = .critical
        configuration.streamingPause = {
            let count = beats.withLock { beats in
                beats += 1
                return beats
            }
            guard count > 3 else { return }
            beat.yield()
            try await Task.sleep(for: .seconds(3600))
        }
        var endpoint = try Endpoint()
        endpoint.app = try App("app", configuration: configuration) {
            Function("f", on: .event(Started.self)) { context in
                for await _ in third { break }
                return context.event.data.value
            }
        }
        return endpoint
    }

    private func stream(
        _ endpoint: Endpoint, method: HTTPRequest.Method = .post, signature: String?, path: String? = nil
    ) async -> (HTTPResponse, String) {
        var request = HTTPRequest(method: method, scheme: "http", authority: "app", path: path ?? endpoint.path)
        if let signature, let name = HTTPField.Name(HeaderName.signature) { request.headerFields[name] = signature }
        let (head, parts) = await endpoint.app.handleStreaming(request, body: Array(callBody.utf8))
        var body: [UInt8] = []
        for await part in parts { body += part }
        return (head, String(decoding: body, as: UTF8.self))
    }

    @Test("A call is answered with 201, spaces while it lasts, and the true answer in an envelope, signed")
    func envelope() async throws {
        let (head, body) = try await stream(endpoint(), signature: Endpoint.sign(callBody))
        #expect(head.status.code == 201)
        #expect(head.headerFields[HeaderName.sdk] == "swift:v0.1.0")
        #expect(head.headerFields["content-length"] == nil)
        #expect(body.hasPrefix("   {"))
        let envelope = try JSON(parsing: body)
        #expect(envelope["status"] == 200)
        #expect(envelope["body"] == "3")
        let signature = try #require(envelope["headers"]?[HeaderName.signature]?.string)
        #expect(try SigningKey(key).verify(signature, of: "3".utf8, at: now))
        let response = CallResponse(
            status: 201, headers: [HeaderName.sdk: "swift:v0.1.0"], body: Array(body.utf8))
        #expect(response.interpret().returned == 3)
    }

    @Test("Who is not trusted gets a plain refusal") func refusal() async throws {
        let (head, body) = try await stream(endpoint(), signature: nil)
        #expect(head.status.code == 401)
        #expect(body.contains("Unauthorized"))
    }

    @Test("Introspection is not streamed") func introspection() async throws {
        #expect(try await stream(endpoint(), method: .get, signature: nil).0.status.code == 200)
    }

    @Test("Served by Hummingbird, the connection carries it") func served() async throws {
        let router = Router()
        router.durable(try endpoint(.dev).app)
        let server = Application(router: router, configuration: .init(address: .hostname("127.0.0.1", port: 0)))
        try await server.test(.live) { client in
            try await client.execute(
                uri: "/api/inngest?fnId=app-f&stepId=step", method: .post, body: ByteBuffer(string: callBody)
            ) { response in
                #expect(response.status.code == 201)
                let envelope = try JSON(parsing: String(buffer: response.body))
                #expect(envelope["body"] == "3")
            }
        }
    }

    @Test(
        "INNGEST_STREAMING switches it on",
        arguments: [("true", true), ("1", true), ("force", true), ("allow", true), ("0", false), ("disable", false)])
    func variable(value: String, isOn: Bool) {
        #expect(Configuration(environment: ["INNGEST_STREAMING": value]).isStreaming == isOn)
        #expect(!Configuration(environment: [:]).isStreaming)
    }
}
