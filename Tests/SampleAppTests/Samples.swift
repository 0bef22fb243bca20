import Foundation
import Synchronization

@testable import SampleApp

extension EmailAddress {
    static let wile = EmailAddress("wile@acme.example")
    static let team = EmailAddress("team@acme.example")
}

/// Takes down what would be sent as events.
final class RecordedAnnouncements: Announcements {
    enum Entry: Hashable {
        case signedUp(userID: String)
        case upgraded(userID: String)
        case clicked(emailID: String, link: String)
        case reminder(note: String, due: Date)
        case crmSync(failures: Int)
    }

    private let state = Mutex<(entries: [Entry], isAway: Bool)>(([], false))

    var entries: [Entry] { state.withLock { $0.entries } }

    /// Whether the orchestrator can't be reached.
    var isAway: Bool {
        get { state.withLock { $0.isAway } }
        set { state.withLock { $0.isAway = newValue } }
    }

    struct Away: Error {}

    private func note(_ entry: Entry) throws {
        try state.withLock { state in
            if state.isAway { throw Away() }
            state.entries.append(entry)
        }
    }

    func signedUp(_ user: User) async throws { try note(.signedUp(userID: user.id)) }
    func upgraded(_ user: User) async throws { try note(.upgraded(userID: user.id)) }
    func clicked(_ click: Outbox.Click) async throws {
        try note(.clicked(emailID: click.email.id, link: click.link.target))
    }
    func reminderRequested(by user: User, note text: String, due: Date) async throws {
        try note(.reminder(note: text, due: due))
    }
    func crmSyncRequested(for user: User, failures: Int) async throws { try note(.crmSync(failures: failures)) }
}
