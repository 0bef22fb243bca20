import Foundation
import Hummingbird

/// ACME's pages, and what they do.
struct AcmeRoutes: Sendable {
    let users: UserStore
    let outbox: Outbox
    let announcements: any Announcements
    let team: EmailAddress

    func add(to router: some RouterMethods<some RequestContext>) {
        router.get("/") { _, _ in SignUpPage.page() }
        router.get("/style.css") { _, _ in Stylesheet.response() }
        router.get("/health") { _, _ in "ok\n" }
        router.get("/read/{page}") { _, context in
            guard let page = ArticlePage.page(named: try context.parameters.require("page")) else {
                throw HTTPError(.notFound, message: "There is no such page.")
            }
            return page
        }
        router.post("/sign-up") { request, context in try await signUp(request, context) }
        router.get("/click/{token}") { _, context in try await click(context) }
        addMailboxes(to: router)
        addActions(to: router)
    }

    private func addMailboxes(to router: some RouterMethods<some RequestContext>) {
        router.get("/outbox/{user}.json") { _, context in
            let user = try await user(context)
            return MailboxJSON(user: user, emails: try await outbox.emails(to: user.email))
        }
        router.get("/outbox/{user}") { _, context in
            let user = try await user(context)
            return MailboxPage.page(of: user, emails: try await outbox.emails(to: user.email))
        }
        router.get("/team.json") { _, _ in MailboxJSON(user: nil, emails: try await outbox.emails(to: team)) }
        router.get("/team") { _, _ in MailboxPage.page(ofTeam: team, emails: try await outbox.emails(to: team)) }
    }

    private func addActions(to router: some RouterMethods<some RequestContext>) {
        router.post("/outbox/{user}/upgrade") { _, context in
            let id = try await user(context).id
            guard let user = try await users.upgrade(id: id) else { throw noSuchUser }
            try await announce(context) { try await announcements.upgraded(user) }
            return Response.redirect(to: "/outbox/\(user.id)", type: .normal)
        }
        router.post("/outbox/{user}/reminders") { request, context in
            let user = try await user(context)
            let (note, delay) = try await request.form(ReminderForm.self).validated()
            try await announce(context) {
                try await announcements.reminderRequested(by: user, note: note, due: Date() + delay)
            }
            return Response.redirect(to: "/outbox/\(user.id)", type: .normal)
        }
        router.post("/outbox/{user}/crm-sync") { request, context in
            let user = try await user(context)
            let failures = try await request.form(CRMForm.self).validated()
            try await announce(context) {
                try await announcements.crmSyncRequested(for: user, failures: failures)
            }
            return Response.redirect(to: "/outbox/\(user.id)", type: .normal)
        }
    }

    /// There is no sign-in: whoever signs up with an address gets to see what was sent to it.
    private func signUp(_ request: Request, _ context: some RequestContext) async throws -> Response {
        let form = try await request.form(SignUpForm.self)
        do {
            let (name, email) = try form.validated()
            let user = try await users.signUp(name: name, email: email)
            try await announce(context) { try await announcements.signedUp(user) }
            return .redirect(to: "/outbox/\(user.id)", type: .normal)
        } catch let problem as FormProblem {
            return try SignUpPage.page(form: form, problem: problem.message).response(from: request, context: context)
        }
    }

    private func click(_ context: some RequestContext) async throws -> Response {
        guard let click = try await outbox.click(try context.parameters.require("token")) else {
            throw HTTPError(.notFound, message: "No email has this link.")
        }
        do {
            try await announcements.clicked(click)
        } catch {
            // The reader wants the page, whether or not we can count on the event.
            context.logger.error("a click was not announced", metadata: ["error": "\(error)"])
        }
        return .redirect(to: click.link.target, type: .normal)
    }

    /// Forms can be sent again, so that is what the user is asked to do when the orchestrator is away.
    private func announce(_ context: some RequestContext, _ send: () async throws -> Void) async throws {
        do {
            try await send()
        } catch {
            context.logger.error("an event was not sent", metadata: ["error": "\(error)"])
            throw HTTPError(.serviceUnavailable, message: "This could not be passed on. Go back and try again.")
        }
    }

    private func user(_ context: some RequestContext) async throws -> User {
        guard let user = try await users.user(id: try context.parameters.require("user")) else { throw noSuchUser }
        return user
    }

    private var noSuchUser: HTTPError { HTTPError(.notFound, message: "There is no such outbox. Sign up first.") }
}
