/// Sends letters.
protocol Mailer: Sendable {
    /// Sends a letter once: asked again with the same key, it answers as the first time and sends nothing.
    ///
    /// - Throws: ``MailError``, or an error of the database.
    @discardableResult
    func send(_ letter: Letter, to recipient: EmailAddress, key: String) async throws -> SentEmail
}

/// An email that has been sent.
struct SentEmail: Codable, Hashable, Sendable {
    /// The id under which its clicks are reported.
    let emailID: String
    let recipient: EmailAddress
    let subject: String
}

/// Why an email was not sent.
struct MailError: Error, Hashable, CustomStringConvertible {
    let description: String
    /// Whether the next attempt can only meet the same answer.
    let isPermanent: Bool
}

/// Keeps emails in the outbox, where their pages show them, and sends them nowhere.
struct LocalMailer: Mailer {
    let outbox: Outbox

    @discardableResult
    func send(_ letter: Letter, to recipient: EmailAddress, key: String) async throws -> SentEmail {
        let email = try await outbox.record(letter, to: recipient, key: key)
        if email.record.sentAt == nil { try await outbox.markSent(email.record.id, receipt: nil) }
        return email.receipt
    }
}
