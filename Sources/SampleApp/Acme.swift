import AppSDK
import AppSDKHummingbird
import Hummingbird

/// The app, put together.
struct Acme: Sendable {
    let settings: Settings
    let users: UserStore
    let outbox: Outbox
    let mailer: any Mailer
    let app: App

    /// - Throws: when the database can't be opened, or the app's keys are no keys.
    init(settings: Settings, database: AcmeDatabase, sdk: AppSDK.Configuration) throws {
        self.settings = settings
        users = UserStore(database: database)
        outbox = Outbox(database: database)
        mailer = Self.mailer(settings, outbox: outbox)
        app = try App.acme(sdk, mailer: mailer, users: users, team: settings.mail.team)
    }

    /// The functions under `/api/inngest`, the pages beside them.
    func router() -> Router<BasicRequestContext> {
        let router = Router()
        // Before the middleware: the orchestrator is no browser.
        router.durable(app)
        router.add(middleware: ErrorPages())
        router.add(middleware: SameOrigin())
        let announcements = EventAnnouncements(client: app.client)
        AcmeRoutes(users: users, outbox: outbox, announcements: announcements, team: settings.mail.team)
            .add(to: router)
        return router
    }

    private static func mailer(_ settings: Settings, outbox: Outbox) -> any Mailer {
        let service: any DeliveryService
        switch settings.mail.delivery {
        case .outbox: return LocalMailer(outbox: outbox)
        case .smtp(let server): service = SMTPService(server: server)
        case .resend(let resend): service = resend
        }
        return DeliveringMailer(
            outbox: outbox, service: service, sender: settings.mail.sender, baseURL: settings.baseURL)
    }
}
