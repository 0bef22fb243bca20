import Foundation
import Hummingbird
import HummingbirdTesting
import Synchronization
import Testing

@testable import SampleApp

@Suite struct ResendServiceTests {
    @Test func handsTheEmailOverUnderItsKey() async throws {
        let mail = try await OutgoingMail.sample()
        let server = FakeResend(status: .ok, answer: #"{"id":"re_1"}"#)
        try await server.run { url in
            let receipt = try await ResendService(url: url, apiKey: "secret").deliver(mail)
            #expect(receipt == "re_1")
        }
        let request = try #require(server.requests.first)
        #expect(request.headers[.authorization] == "Bearer secret")
        #expect(request.headers.first { $0.name.canonicalName == "idempotency-key" }?.value == mail.key)
        let body = try JSONDecoder().decode(Body.self, from: request.body)
        #expect(body.from == "ACME <team@acme.example>")
        #expect(body.to == ["wile@acme.example"])
        #expect(body.subject == mail.subject)
        #expect(body.html == mail.html)
        #expect(body.text == mail.text)
    }

    @Test(arguments: [(422, true), (401, true), (429, false), (409, false), (500, false)])
    func aRefusalSaysWhetherToTryAgain(_ status: Int, _ isPermanent: Bool) async throws {
        let mail = try await OutgoingMail.sample()
        let server = FakeResend(status: .init(code: status), answer: #"{"message":"not like this"}"#)
        try await server.run { url in
            let error = await #expect(throws: MailError.self) {
                try await ResendService(url: url, apiKey: "secret").deliver(mail)
            }
            #expect(error?.isPermanent == isPermanent)
            #expect(error?.description.contains("HTTP \(status), not like this") == true)
        }
    }

    private struct Body: Decodable {
        let from: String
        let to: [String]
        let subject: String
        let html: String
        let text: String
    }
}

extension OutgoingMail {
    /// A welcome letter to Wile.
    static func sample() async throws -> OutgoingMail {
        let wile = try #require(EmailAddress.wile)
        let stored = try await Outbox(database: try .inMemory()).record(.welcome(to: "Wilé 🐺"), to: wile, key: "1")
        return OutgoingMail(stored, from: try #require(.team), baseURL: "https://acme.example")
    }
}

/// Answers as Resend would, on this machine.
private final class FakeResend: Sendable {
    struct Received {
        let headers: HTTPFields
        let body: Data
    }

    private let received = Mutex<[Received]>([])
    private let status: HTTPResponse.Status
    private let answer: String

    var requests: [Received] { received.withLock { $0 } }

    init(status: HTTPResponse.Status, answer: String) {
        self.status = status
        self.answer = answer
    }

    func run(_ body: @Sendable @escaping (String) async throws -> Void) async throws {
        let router = Router()
        router.post("/emails") { request, _ in
            let body = try await request.body.collect(upTo: 1 << 20)
            self.received.withLock {
                $0.append(Received(headers: request.headers, body: Data(body.readableBytesView)))
            }
            return Response(status: self.status, body: ResponseBody(byteBuffer: ByteBuffer(string: self.answer)))
        }
        let application = Application(router: router, configuration: .init(address: .hostname("127.0.0.1", port: 0)))
        try await application.test(.live) { client in
            try await body("http://127.0.0.1:\(try #require(client.port))")
        }
    }
}
