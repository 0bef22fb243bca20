import AppSDK
import AppTesting
import Foundation
import Testing

@testable import SampleApp

/// ACME's functions in a test orchestrator, with a real database.
private struct Campaign {
    let orchestrator: TestOrchestrator
    let users: UserStore
    let outbox: Outbox

    init() throws {
        let acme = try Acme(
            settings: try Settings(environment: [:]), database: try .inMemory(),
            sdk: AppSDK.Configuration(mode: .dev, environment: [:]))
        orchestrator = try TestOrchestrator(acme.app)
        users = acme.users
        outbox = acme.outbox
    }

    func register(_ name: String) async throws -> User {
        let email = try #require(EmailAddress("\(name.lowercased())@example.com"))
        return try await users.signUp(name: name, email: email)
    }

    func signUp() async throws -> User {
        let user = try await register("Ada")
        try await orchestrator.send(
            SignupCompleted(userID: user.id, name: user.name, email: user.email), id: "signup-\(user.id)")
        return user
    }

    func subjects(of user: User) async throws -> [String] {
        try await outbox.emails(to: user.email).map(\.record.subject).sorted()
    }

    static let welcome = "Welcome to ACME, Ada!"
    static let tips = "Three tips for power users"
    static let offer = "Two weeks of ACME Pro, on us"
}

@Suite("The drip campaign")
struct CampaignTests {
    @Test("Without a click: the welcome, and the offer when three days have passed") func noClick() async throws {
        let campaign = try Campaign()
        let user = try await campaign.signUp()
        try await campaign.orchestrator.advance(by: .days(3) - .milliseconds(1))
        #expect(try await campaign.subjects(of: user) == [Campaign.welcome])
        try await campaign.orchestrator.advance(by: .milliseconds(1))
        #expect(try await campaign.subjects(of: user) == [Campaign.offer, Campaign.welcome])
        #expect(try await campaign.orchestrator.run(of: "drip-campaign").status == .completed)
    }

    @Test("With a click: tips a day later, the offer another day later") func click() async throws {
        let campaign = try Campaign()
        let user = try await campaign.signUp()
        let email = try #require(try await campaign.outbox.emails(to: user.email).first)
        try await campaign.orchestrator.advance(by: .hours(30))
        try await campaign.orchestrator.send(EmailClicked(emailID: email.record.id, link: "/read/tour"))
        #expect(try await campaign.subjects(of: user) == [Campaign.welcome])
        try await campaign.orchestrator.advance(by: .days(1))
        #expect(try await campaign.subjects(of: user) == [Campaign.tips, Campaign.welcome])
        try await campaign.orchestrator.advance(by: .days(1))
        #expect(try await campaign.subjects(of: user) == [Campaign.tips, Campaign.offer, Campaign.welcome])
    }

    @Test("A click on somebody else's email is no click") func foreignClick() async throws {
        let campaign = try Campaign()
        let user = try await campaign.signUp()
        try await campaign.orchestrator.send(EmailClicked(emailID: "another", link: "/read/tour"))
        try await campaign.orchestrator.advance(by: .days(2))
        #expect(try await campaign.subjects(of: user) == [Campaign.welcome])
    }

    @Test("Who has upgraded by the time gets no offer") func upgraded() async throws {
        let campaign = try Campaign()
        let user = try await campaign.signUp()
        try await campaign.orchestrator.advance(by: .days(2))
        _ = try await campaign.users.upgrade(id: user.id)
        try await campaign.orchestrator.advance(by: .days(2))
        #expect(try await campaign.subjects(of: user) == [Campaign.welcome])
        #expect(try await campaign.orchestrator.run(of: "drip-campaign").status == .completed)
    }

    @Test("A form that is sent twice starts one campaign") func twice() async throws {
        let campaign = try Campaign()
        let user = try await campaign.signUp()
        _ = try await campaign.signUp()
        #expect(try await campaign.orchestrator.runs(of: "drip-campaign").count == 1)
        #expect(try await campaign.subjects(of: user) == [Campaign.welcome])
    }

    @Test("An upgrade thanks the user and tells the team") func fanOut() async throws {
        let campaign = try Campaign()
        let user = try await campaign.register("Bob")
        try await campaign.orchestrator.send(
            AccountUpgraded(userID: user.id, name: user.name, email: user.email))
        #expect(try await campaign.subjects(of: user) == ["You are on ACME Pro now"])
        #expect(try await campaign.orchestrator.run(of: "announce-upgrade").status == .completed)
    }

    @Test("A reminder starts at its time") func delayed() async throws {
        let campaign = try Campaign()
        let user = try await campaign.register("Cy")
        let due = await campaign.orchestrator.now + 3600
        try await campaign.orchestrator.send([OutgoingEvent(ReminderDue(email: user.email, note: "tea"), date: due)])
        try await campaign.orchestrator.advance(by: .minutes(59))
        #expect(try await campaign.orchestrator.run(of: "send-reminder").status == .queued)
        #expect(try await campaign.subjects(of: user).isEmpty)
        try await campaign.orchestrator.advance(by: .minutes(1))
        #expect(try await campaign.subjects(of: user) == ["You asked us to remind you"])
    }

    @Test("The weekly report comes on Mondays at nine in Paris") func scheduled() async throws {
        let campaign = try Campaign()
        _ = try await campaign.signUp()
        // From Thursday 2026-01-01 on: the Mondays are the 5th, 12th, 19th and 26th.
        try await campaign.orchestrator.advance(by: .days(30))
        let runs = try await campaign.orchestrator.runs(of: "weekly-report")
        #expect(runs.count == 4)
        #expect(try runs.first?.output(as: UserCounts.self) == UserCounts(free: 1, pro: 0))
        #expect(runs.first?.endedAt == ISO8601DateFormatter().date(from: "2026-01-05T08:00:00Z"))
    }

    @Test("When the CRM stays away, the team is told once, after four attempts") func failing() async throws {
        let campaign = try Campaign()
        let user = try await campaign.register("Di")
        try await campaign.orchestrator.send(CRMSyncRequested(email: user.email, failures: 99))
        try await campaign.orchestrator.advance(by: .hours(1))
        let run = try await campaign.orchestrator.run(of: "sync-crm")
        #expect(run.status == .failed)
        #expect(run.failure?.name == "CRMUnavailable")
        #expect(run.callCount == 5)
        #expect(try await campaign.orchestrator.run(of: "sync-crm-failure").status == .completed)
    }
}
