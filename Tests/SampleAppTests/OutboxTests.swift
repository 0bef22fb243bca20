import Foundation
import Testing

@testable import SampleApp

@Suite struct OutboxTests {
    let outbox: Outbox
    let wile: EmailAddress

    init() throws {
        outbox = Outbox(database: try .inMemory())
        wile = try #require(.wile)
    }

    @Test func theSameKeyIsOneEmail() async throws {
        let mailer = LocalMailer(outbox: outbox)
        let first = try await mailer.send(.welcome(to: "Wile"), to: wile, key: "run-step")
        let again = try await mailer.send(.welcome(to: "Wile"), to: wile, key: "run-step")
        #expect(again == first)
        let emails = try await outbox.emails(to: wile)
        #expect(emails.map(\.record.subject) == ["Welcome to ACME, Wile!"])
        #expect(emails.first?.record.sentAt != nil)
    }

    @Test func manyAtOnceAreOneEmail() async throws {
        let mailer = LocalMailer(outbox: outbox)
        let ids = try await withThrowingTaskGroup(of: String.self) { group in
            for _ in 0..<20 {
                group.addTask { try await mailer.send(.welcome(to: "Wile"), to: wile, key: "run-step").emailID }
            }
            return try await group.reduce(into: Set<String>()) { $0.insert($1) }
        }
        #expect(ids.count == 1)
        #expect(try await outbox.emails(to: wile).count == 1)
    }

    @Test func otherKeysAreOtherEmailsTheNewestFirst() async throws {
        let mailer = LocalMailer(outbox: outbox)
        try await mailer.send(.welcome(to: "Wile"), to: wile, key: "1")
        try await mailer.send(.powerUserTips(for: "Wile"), to: wile, key: "2")
        let subjects = try await outbox.emails(to: wile).map(\.record.subject)
        #expect(subjects == ["Three tips for power users", "Welcome to ACME, Wile!"])
        #expect(try await outbox.emails(to: try #require(.team)).isEmpty)
    }

    @Test func clicksAreCounted() async throws {
        let sent = try await LocalMailer(outbox: outbox).send(.welcome(to: "Wile"), to: wile, key: "1")
        let token = try #require(try await outbox.emails(to: wile).first?.links.first?.token)
        #expect(try await outbox.click(token)?.link.clicks == 1)
        let second = try #require(try await outbox.click(token))
        #expect(second.link.clicks == 2)
        #expect(second.email.id == sent.emailID)
        #expect(try await outbox.emails(to: wile).first?.links.first?.clicks == 2)
        #expect(try await outbox.click("no-such-token") == nil)
    }

    @Test func oneAttemptDeliversAtATime() async throws {
        let id = try await outbox.record(.welcome(to: "Wile"), to: wile, key: "1").record.id
        let now = Date(timeIntervalSince1970: 1_800_000_000)
        #expect(try await outbox.claim(id, at: now, for: 120))
        #expect(try await !outbox.claim(id, at: now + 119, for: 120))
        #expect(try await outbox.claim(id, at: now + 120, for: 120))
        try await outbox.release(id)
        #expect(try await outbox.claim(id, at: now + 121, for: 120))
        try await outbox.markSent(id, receipt: "r")
        #expect(try await !outbox.claim(id, at: now + 1000, for: 120))
    }
}
