import Foundation
import Hummingbird
import HummingbirdTesting
import Testing

@testable import SampleApp

@Suite struct PagesTests {
    let users: UserStore
    let outbox: Outbox
    let announcements = RecordedAnnouncements()
    let wile: EmailAddress
    let team: EmailAddress

    init() throws {
        let database = try AcmeDatabase.inMemory()
        users = UserStore(database: database)
        outbox = Outbox(database: database)
        wile = try #require(.wile)
        team = try #require(.team)
    }

    @Test func signingUpLeadsToTheOutbox() async throws {
        try await browse { client in
            let answer = try await client.post("/sign-up", "name=Wile%20E.&email=wile@acme.example")
            let user = try await users.signUp(name: "", email: wile)
            #expect(answer.status == .seeOther)
            #expect(answer.headers[.location] == "/outbox/\(user.id)")
            #expect(user.name == "Wile E.")
            #expect(announcements.entries == [.signedUp(userID: user.id)])
            let page = try await client.get("/outbox/\(user.id)")
            #expect(page.status == .ok)
            #expect(page.text.contains("Hello, Wile E."))
        }
    }

    @Test func whatUsersWriteIsEscaped() async throws {
        let user = try await users.signUp(name: "<script>alert(1)</script>", email: wile)
        let letter = Letter(subject: "<img>", paragraphs: ["a & b"])
        try await LocalMailer(outbox: outbox).send(letter, to: wile, key: "1")
        try await browse { client in
            let page = try await client.get("/outbox/\(user.id)").text
            #expect(!page.contains("<script") && !page.contains("<img"))
            #expect(page.contains("&lt;script&gt;") && page.contains("&lt;img&gt;") && page.contains("a &amp; b"))
        }
    }

    @Test(arguments: [
        "name=Wile&email=wile", "name=&email=wile@acme.example", "name=%20%0A&email=wile@acme.example",
        "name=\(String(repeating: "a", count: 81))&email=wile@acme.example",
    ])
    func aWrongFormIsShownAgain(_ form: String) async throws {
        try await browse { client in
            let answer = try await client.post("/sign-up", form)
            #expect(answer.status == .unprocessableContent)
            #expect(answer.text.contains("role=\"alert\"") && answer.text.contains("action=\"/sign-up\""))
        }
        #expect(announcements.entries.isEmpty)
        #expect(try await users.counts().isEmpty)
    }

    @Test(arguments: ["", "name=Wile", String(repeating: "a", count: 20_000)])
    func anIncompleteFormIsRefused(_ form: String) async throws {
        try await browse { client in
            let answer = try await client.post("/sign-up", form)
            #expect(answer.status == .unprocessableContent)
        }
    }

    @Test func signingUpAgainWhenTheOrchestratorIsBackAnnouncesIt() async throws {
        announcements.isAway = true
        try await browse { client in
            let first = try await client.post("/sign-up", "name=W&email=wile@acme.example")
            #expect(first.status == .serviceUnavailable)
            announcements.isAway = false
            let second = try await client.post("/sign-up", "name=W&email=wile@acme.example")
            #expect(second.status == .seeOther)
        }
        #expect(announcements.entries.count == 1)
        #expect(try await users.counts() == [.free: 1])
    }

    @Test func aClickIsCountedAnnouncedAndLeadsOn() async throws {
        let sent = try await LocalMailer(outbox: outbox).send(.welcome(to: "Wile"), to: wile, key: "1")
        let token = try #require(try await outbox.emails(to: wile).first?.links.first?.token)
        try await browse { client in
            let answer = try await client.get("/click/\(token)")
            #expect(answer.status == .seeOther)
            #expect(answer.headers[.location] == "/read/tour")
            #expect(try await client.get("/read/tour").status == .ok)
            announcements.isAway = true
            #expect(try await client.get("/click/\(token)").status == .seeOther)
            #expect(try await client.get("/click/nothing").status == .notFound)
        }
        #expect(announcements.entries == [.clicked(emailID: sent.emailID, link: "/read/tour")])
        #expect(try await outbox.emails(to: wile).first?.links.first?.clicks == 2)
    }

    @Test func allLinksInLettersLeadToPages() async throws {
        let letters: [Letter] = [
            .welcome(to: "W"), .powerUserTips(for: "W"), .trialOffer(for: "W"), .upgradeThanks(to: "W"),
        ]
        try await browse { client in
            for link in letters.flatMap(\.links) {
                let page = try await client.get(link.target)
                #expect(page.status == .ok)
            }
        }
    }

    @Test func anUpgradeIsKeptAndAnnounced() async throws {
        let user = try await users.signUp(name: "Wile", email: wile)
        try await browse { client in
            let answer = try await client.post("/outbox/\(user.id)/upgrade", "")
            #expect(answer.status == .seeOther)
            #expect(try await !client.get("/outbox/\(user.id)").text.contains("Upgrade to pro"))
            #expect(try await client.post("/outbox/nobody/upgrade", "").status == .notFound)
        }
        #expect(try await users.user(id: user.id)?.plan == .pro)
        #expect(announcements.entries == [.upgraded(userID: user.id)])
    }

    @Test func remindersAndSyncsAreAnnounced() async throws {
        let user = try await users.signUp(name: "Wile", email: wile)
        let start = Date()
        try await browse { client in
            #expect(
                try await client.post("/outbox/\(user.id)/reminders", "note=duck&minutes=60").status == .seeOther)
            #expect(try await client.post("/outbox/\(user.id)/crm-sync", "failures=2").status == .seeOther)
            for form in ["note=duck&minutes=0", "note=duck&minutes=10081", "note=&minutes=5", "note=duck&minutes=x"] {
                let status = try await client.post("/outbox/\(user.id)/reminders", form).status
                #expect(status == .unprocessableContent)
            }
            #expect(
                try await client.post("/outbox/\(user.id)/crm-sync", "failures=5").status == .unprocessableContent)
        }
        #expect(announcements.entries.count == 2)
        guard case .reminder("duck", let due)? = announcements.entries.first else {
            Issue.record("no reminder was announced")
            return
        }
        #expect((start + 3600...Date() + 3600).contains(due))
        #expect(announcements.entries.last == .crmSync(failures: 2))
    }

    @Test func scriptsReadTheOutboxAsJSON() async throws {
        let user = try await users.signUp(name: "Wile", email: wile)
        try await LocalMailer(outbox: outbox).send(.welcome(to: "Wile"), to: wile, key: "1")
        try await LocalMailer(outbox: outbox).send(.upgradeNotice(email: wile), to: team, key: "2")
        try await browse { client in
            let mailbox = try await client.get("/outbox/\(user.id).json").json(Mailbox.self)
            #expect(mailbox.user?.plan == "free")
            #expect(mailbox.emails.map(\.subject) == ["Welcome to ACME, Wile!"])
            let url = try #require(mailbox.emails.first?.links.first?.url)
            #expect(try await client.get(url).status == .seeOther)
            let team = try await client.get("/team.json").json(Mailbox.self)
            #expect(team.emails.map(\.subject) == ["An upgrade"])
            #expect(try await client.get("/team").text.contains("Ring the bell."))
            #expect(try await client.get("/outbox/nobody.json").status == .notFound)
        }
    }

    @Test(arguments: [
        (["sec-fetch-site": "cross-site"], false), (["sec-fetch-site": "same-site"], false),
        (["sec-fetch-site": "same-origin"], true), (["origin": "https://evil.example"], false),
        (["origin": "null"], false), ([:], true),
    ])
    func formsOfOtherSitesAreRefused(_ headers: [String: String], _ isTaken: Bool) async throws {
        let user = try await users.signUp(name: "Wile", email: wile)
        try await browse { client in
            let answer = try await client.post("/outbox/\(user.id)/upgrade", "", headers: headers)
            #expect(answer.status == (isTaken ? .seeOther : .forbidden))
        }
        #expect(try await users.user(id: user.id)?.plan == (isTaken ? .pro : .free))
    }

    @Test func unknownPagesAreHTMLAndCarryThePolicy() async throws {
        try await browse { client in
            for path in ["/nowhere", "/outbox/nobody", "/read/nothing"] {
                let answer = try await client.get(path)
                #expect(answer.status == .notFound)
                #expect(answer.headers[.contentType] == "text/html; charset=utf-8")
                #expect(answer.headers[.contentSecurityPolicy]?.contains("default-src 'none'") == true)
            }
        }
    }

    private func browse(_ body: @Sendable @escaping (any TestClientProtocol) async throws -> Void) async throws {
        let router = Router()
        router.add(middleware: ErrorPages())
        router.add(middleware: SameOrigin())
        AcmeRoutes(users: users, outbox: outbox, announcements: announcements, team: team).add(to: router)
        try await Application(router: router).test(.router, body)
    }

    private struct Mailbox: Decodable {
        let user: Owner?
        let emails: [Email]

        struct Owner: Decodable {
            let plan: String
        }

        struct Email: Decodable {
            let subject: String
            let links: [Link]
        }

        struct Link: Decodable {
            let url: String
        }
    }
}
