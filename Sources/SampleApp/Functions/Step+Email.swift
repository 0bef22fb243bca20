import AppSDK

extension Step {
    /// Sends a letter, once: the step's key is the email's key, so not even a crash right after sending repeats it.
    @discardableResult
    func email(
        _ id: String, _ letter: Letter, to recipient: EmailAddress, by mailer: any Mailer
    ) async throws -> SentEmail {
        try await run(id) { context in
            do {
                return try await mailer.send(letter, to: recipient, key: context.idempotencyKey)
            } catch let error as MailError where error.isPermanent {
                throw NonRetriableError(error.description, cause: error)
            }
        }
    }
}
