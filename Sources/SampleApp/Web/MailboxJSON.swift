import Foundation
import Hummingbird

/// The emails that were sent to an address, for scripts.
struct MailboxJSON: ResponseEncodable {
    /// Nil for the team's mailbox.
    let user: Owner?
    let emails: [Email]

    struct Owner: Encodable {
        let id: String
        let name: String
        let email: EmailAddress
        let plan: User.Plan
    }

    struct Email: Encodable {
        let id: String
        let subject: String
        let paragraphs: [String]
        /// Absent while the email is being delivered.
        let sentAt: Date?
        let links: [Link]
    }

    struct Link: Encodable {
        let label: String
        let url: String
        let clicks: Int
    }

    init(user: User?, emails: [StoredEmail]) {
        self.user = user.map { Owner(id: $0.id, name: $0.name, email: $0.email, plan: $0.plan) }
        self.emails = emails.map { email in
            Email(
                id: email.record.id, subject: email.record.subject, paragraphs: email.record.paragraphs,
                sentAt: email.record.sentAt,
                links: email.links.map { Link(label: $0.label, url: "/click/\($0.token)", clicks: $0.clicks) })
        }
    }
}
