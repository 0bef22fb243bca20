import AppSDK
import Foundation
import Synchronization

struct SignedUp: EventPayload {
    static let eventName = "app/signup.completed"
    var userID: String
    var email: String
}

struct Clicked: EventPayload {
    static let eventName = "resend/email.clicked"
    var emailID: String
}

/// Emails that were sent, in order.
final class Outbox: Sendable {
    private let emails = Mutex<[String]>([])

    func send(_ template: String, to address: String) -> String {
        emails.withLock { emails in
            emails.append("\(template) → \(address)")
            return "email-\(emails.count)"
        }
    }

    var sent: [String] { emails.withLock { $0 } }
}

func dripApp(_ outbox: Outbox) throws -> App {
    try App("acme") {
        Function("drip", on: .event(SignedUp.self)) { context in
            let (step, user) = (context.step, context.event.data)
            let emailID = try await step.run("welcome") { outbox.send("welcome", to: user.email) }
            let click = try await step.waitForEvent(
                "click", Clicked.self, timeout: .days(3), where: \.emailID, equals: emailID)
            if click != nil {
                try await step.sleep("settle", for: .days(1))
                try await step.run("tips") { _ = outbox.send("tips", to: user.email) }
                try await step.sleep("pause", for: .days(1))
            }
            try await step.run("offer") { _ = outbox.send("offer", to: user.email) }
        }
    }
}
