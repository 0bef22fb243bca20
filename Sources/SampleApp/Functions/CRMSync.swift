import AppSDK

/// Copies a contact to the CRM, which is down now and then: shows retries, and what is done when none are left.
func syncCRM(mailer: any Mailer, team: EmailAddress) -> some DurableFunction {
    Function("sync-crm", on: .event(CRMSyncRequested.self), .retries(3)) { context in
        let request = context.event.data
        try await context.step.run("push-contact") { attempt in
            guard attempt.attempt >= request.failures else {
                throw CRMUnavailable(attempt: attempt.attempt + 1, of: attempt.maxAttempts)
            }
        }
    }.onFailure { failure in
        let letter = Letter.crmFailure(email: failure.event.data.email, reason: failure.message)
        try await failure.step.email("tell-team", letter, to: team, by: mailer)
    }
}

/// The CRM did not answer.
struct CRMUnavailable: Error, CustomStringConvertible {
    let attempt: Int
    let of: Int

    var description: String { "the CRM did not answer (attempt \(attempt) of \(of))" }
}
