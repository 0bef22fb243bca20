import AppSDK
import Foundation

/// Tells the world what has happened at ACME. The functions listen.
protocol Announcements: Sendable {
    func signedUp(_ user: User) async throws
    func upgraded(_ user: User) async throws
    func clicked(_ click: Outbox.Click) async throws
    func reminderRequested(by user: User, note: String, due: Date) async throws
    func crmSyncRequested(for user: User, failures: Int) async throws
}

/// Sends events to the orchestrator.
struct EventAnnouncements: Announcements {
    let client: Client

    // The ids make it safe to send again: a form that is sent twice signs up once, and starts one campaign.

    func signedUp(_ user: User) async throws {
        try await client.send(
            SignupCompleted(userID: user.id, name: user.name, email: user.email), id: "signup-\(user.id)")
    }

    func upgraded(_ user: User) async throws {
        try await client.send(
            AccountUpgraded(userID: user.id, name: user.name, email: user.email), id: "upgrade-\(user.id)")
    }

    func clicked(_ click: Outbox.Click) async throws {
        try await client.send(EmailClicked(emailID: click.email.id, link: click.link.target))
    }

    func reminderRequested(by user: User, note: String, due: Date) async throws {
        try await client.send(ReminderDue(email: user.email, note: note), date: due)
    }

    func crmSyncRequested(for user: User, failures: Int) async throws {
        try await client.send(CRMSyncRequested(email: user.email, failures: failures))
    }
}
