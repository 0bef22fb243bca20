import Foundation
import Testing

@testable import SampleApp

@Suite struct SMTPServiceTests {
    @Test func theServerTakesTheEmail() async throws {
        let mail = try await OutgoingMail.sample()
        let server = FakeSMTPServer()
        try await server.run { url in
            let receipt = try await service(url).deliver(mail)
            #expect(receipt == nil)
        }
        #expect(server.commands.contains { $0.hasPrefix("MAIL FROM:<team@acme.example>") })
        #expect(server.commands.contains { $0.hasPrefix("RCPT TO:<wile@acme.example>") })
        #expect(server.message.contains("Message-ID: <\(mail.key)@acme.example>"))
        #expect(server.message.contains("To: <wile@acme.example>"))
        #expect(Self.parts(of: server.message) == [mail.text, mail.html])
    }

    @Test(arguments: [("RCPT", "550 no such user", true), ("RCPT", "451 later", false), ("MAIL", "552 full", true)])
    func aRefusalSaysWhetherToTryAgain(_ command: String, _ reply: String, _ isPermanent: Bool) async throws {
        let mail = try await OutgoingMail.sample()
        try await FakeSMTPServer(replies: [command: reply]).run { url in
            let error = await #expect(throws: MailError.self) { try await service(url).deliver(mail) }
            #expect(error?.isPermanent == isPermanent)
            #expect(error?.description.contains("reply \(reply.prefix(3))") == true)
        }
    }

    @Test func aServerThatIsAwayIsTriedAgain() async throws {
        let mail = try await OutgoingMail.sample()
        // Nothing listens on port 1.
        let error = await #expect(throws: MailError.self) { try await service("smtp://127.0.0.1:1").deliver(mail) }
        #expect(error?.isPermanent == false)
    }

    @Test func nothingTravelsInTheClearWhereTLSIsRequired() async throws {
        let mail = try await OutgoingMail.sample()
        let server = FakeSMTPServer()
        try await server.run { url in
            let service = SMTPService(server: .init(url: url, requiresTLS: true))
            await #expect(throws: MailError.self) { try await service.deliver(mail) }
        }
        #expect(server.message.isEmpty)
        #expect(!server.commands.contains { $0.hasPrefix("MAIL") })
    }

    @Test func headersAreOfShortEncodedWords() async throws {
        let stored = try await Outbox(database: try .inMemory()).record(
            Letter(subject: "A\r\nBcc: all@acme.example " + String(repeating: "é", count: 100), paragraphs: []),
            to: try #require(.wile), key: "1")
        let mail = OutgoingMail(stored, from: try #require(.team), baseURL: "")
        let date = Date(timeIntervalSince1970: 1_795_436_400)
        let message = String(decoding: MIMEMessage.encode(mail, date: date), as: UTF8.self)
        let lines = message.split(separator: "\r\n", omittingEmptySubsequences: false)
        #expect(lines.allSatisfy { $0.utf8.count <= 78 && !$0.hasPrefix("Bcc") })
        #expect(lines.contains("Date: Mon, 23 Nov 2026 12:20:00 +0000"))
        #expect(!message.replacing("\r\n", with: "").contains { $0.isNewline })
    }

    private func service(_ url: String) -> SMTPService { SMTPService(server: .init(url: url, requiresTLS: false)) }

    /// The bodies of the parts, decoded.
    private static func parts(of message: [String]) -> [String] {
        message.split { $0.hasPrefix("--acme-") }.dropFirst().compactMap { lines in
            let encoded = lines.drop { !$0.isEmpty }.joined()
            return Data(base64Encoded: encoded).map { String(decoding: $0, as: UTF8.self) }
        }
    }
}
