import Foundation
import Synchronization
import Testing

@testable import SampleApp

@Suite struct DeliveryTests {
    let outbox: Outbox
    let wile: EmailAddress

    init() throws {
        outbox = Outbox(database: try .inMemory())
        wile = try #require(.wile)
    }

    @Test func whatIsDeliveredIsNotDeliveredAgain() async throws {
        let service = RecordedService()
        let mailer = try mailer(service)
        let first = try await mailer.send(.welcome(to: "Wile"), to: wile, key: "1")
        let again = try await mailer.send(.welcome(to: "Wile"), to: wile, key: "1")
        #expect(first == again)
        #expect(service.mails.map(\.key) == [first.emailID])
        let record = try #require(try await outbox.emails(to: wile).first?.record)
        #expect(record.receipt == "receipt")
        #expect(record.sentAt == Date(timeIntervalSince1970: 1_800_000_000))
    }

    @Test func aRefusedEmailIsTriedAgainUnderItsKey() async throws {
        let service = RecordedService()
        service.failure = MailError(description: "busy", isPermanent: false)
        let mailer = try mailer(service)
        await #expect(throws: MailError.self) { try await mailer.send(.welcome(to: "Wile"), to: wile, key: "1") }
        #expect(try await outbox.emails(to: wile).first?.record.sentAt == nil)
        service.failure = nil
        let sent = try await mailer.send(.welcome(to: "Wile"), to: wile, key: "1")
        #expect(service.mails.map(\.key) == [sent.emailID, sent.emailID])
    }

    @Test func anEmailThatIsBeingDeliveredIsLeftAlone() async throws {
        let service = RecordedService()
        let mailer = try mailer(service)
        let id = try await outbox.record(.welcome(to: "Wile"), to: wile, key: "1").record.id
        #expect(try await outbox.claim(id, at: mailer.clock(), for: 120))
        let error = await #expect(throws: MailError.self) {
            try await mailer.send(.welcome(to: "Wile"), to: wile, key: "1")
        }
        #expect(error?.isPermanent == false)
        #expect(service.mails.isEmpty)
    }

    @Test func linksLeadToACME() async throws {
        let service = RecordedService()
        try await mailer(service).send(.welcome(to: "<Wile>"), to: wile, key: "1")
        let mail = try #require(service.mails.first)
        let token = try #require(try await outbox.emails(to: wile).first?.links.first?.token)
        #expect(mail.text.contains("Take the tour: https://acme.example/click/\(token)\n"))
        #expect(mail.html.contains("<a href=\"https://acme.example/click/\(token)\">Take the tour</a>"))
        #expect(mail.html.contains("Hi &lt;Wile&gt;"))
    }

    private func mailer(_ service: RecordedService) throws -> DeliveringMailer {
        DeliveringMailer(
            outbox: outbox, service: service, sender: try #require(.team), baseURL: "https://acme.example",
            clock: { Date(timeIntervalSince1970: 1_800_000_000) })
    }
}

/// Takes down what would be delivered.
final class RecordedService: DeliveryService {
    private let state = Mutex<(mails: [OutgoingMail], failure: MailError?)>(([], nil))

    var mails: [OutgoingMail] { state.withLock { $0.mails } }

    var failure: MailError? {
        get { state.withLock { $0.failure } }
        set { state.withLock { $0.failure = newValue } }
    }

    func deliver(_ mail: OutgoingMail) async throws -> String? {
        try state.withLock { state in
            state.mails.append(mail)
            if let failure = state.failure { throw failure }
            return "receipt"
        }
    }
}
