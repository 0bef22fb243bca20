import Foundation

/// Keeps emails in the outbox and has a service deliver them.
///
/// What has been delivered is never delivered again, and no two attempts deliver at the same time. Only a crash
/// between the service's "taken" and the note of it in the outbox is not seen: then the email goes out again under
/// the same ``OutgoingMail/key``, by which Resend recognises it, and mail readers by its `Message-ID`.
struct DeliveringMailer: Mailer {
    let outbox: Outbox
    let service: any DeliveryService
    let sender: EmailAddress
    /// Where ACME's pages are, for the links.
    let baseURL: String
    var clock: @Sendable () -> Date = { Date() }

    @discardableResult
    func send(_ letter: Letter, to recipient: EmailAddress, key: String) async throws -> SentEmail {
        let email = try await outbox.record(letter, to: recipient, key: key)
        if email.record.sentAt != nil { return email.receipt }
        guard try await outbox.claim(email.record.id, at: clock(), for: Self.claim) else {
            throw MailError(
                description: "the email '\(email.record.subject)' is being delivered by another attempt; try later",
                isPermanent: false)
        }
        do {
            let mail = OutgoingMail(email, from: sender, baseURL: baseURL)
            let receipt = try await service.deliver(mail)
            try await outbox.markSent(email.record.id, receipt: receipt, at: clock())
        } catch let error as MailError {
            try await outbox.release(email.record.id)
            throw error
        }
        return email.receipt
    }

    /// Longer than any service takes, so that an attempt that is still at it is not overtaken.
    private static let claim: TimeInterval = 120
}

/// Delivers emails to the world.
protocol DeliveryService: Sendable {
    /// Returns the service's own id for the email, if it gives one.
    ///
    /// - Throws: ``MailError`` when the service did not take the email. After any other error it may have.
    func deliver(_ mail: OutgoingMail) async throws -> String?
}
