/// How ACME is run, as the environment says. No variable is needed.
///
/// - `HOST`, `PORT`: where to listen; 127.0.0.1 and 3000, where `orchestrator dev` looks.
/// - `DATABASE`: the path of the SQLite file; `acme.sqlite`.
/// - `BASE_URL`: what links in emails start with; `http://localhost:PORT`.
/// - `MAIL_DELIVERY`: `outbox` (the default), `smtp` or `resend`; `MAIL_FROM` and `MAIL_TEAM`: ACME's addresses.
/// - `MAIL_SMTP_URL`, `MAIL_SMTP_USER`, `MAIL_SMTP_PASSWORD`; `MAIL_RESEND_KEY`, `MAIL_RESEND_URL`.
///
/// The variables `INNGEST_…` are the SDK's.
struct Settings: Sendable {
    let host: String
    let port: Int
    let databasePath: String
    /// Where the app's pages are for those who read emails.
    let baseURL: String
    let mail: MailSettings

    /// - Throws: ``InvalidSetting``.
    init(environment: [String: String]) throws(InvalidSetting) {
        let environment = environment.filter { !$0.value.isEmpty }
        host = environment["HOST"] ?? "127.0.0.1"
        let port = environment["PORT"] ?? "3000"
        guard let number = UInt16(port) else { throw InvalidSetting("PORT", port, "a number from 0 to 65535") }
        self.port = Int(number)
        databasePath = environment["DATABASE"] ?? "acme.sqlite"
        baseURL = try Self.origin("BASE_URL", environment["BASE_URL"] ?? "http://localhost:\(number)")
        mail = try MailSettings(environment: environment)
    }

    /// A URL that starts with http, without a slash at its end.
    static func origin(_ name: String, _ text: String) throws(InvalidSetting) -> String {
        guard text.hasPrefix("http://") || text.hasPrefix("https://") else {
            throw InvalidSetting(name, text, "a URL that starts with http:// or https://")
        }
        var text = Substring(text)
        while text.hasSuffix("/") { text.removeLast() }
        return String(text)
    }
}

/// Who sends emails, and by what: the variables `MAIL_…`.
struct MailSettings: Sendable {
    let sender: EmailAddress
    let team: EmailAddress
    let delivery: Delivery

    /// What delivers emails.
    enum Delivery: Sendable {
        /// Nothing: they stay in the outbox.
        case outbox
        case smtp(SMTPService.Server)
        case resend(ResendService)
    }

    init(environment: [String: String]) throws(InvalidSetting) {
        sender = try Self.address("MAIL_FROM", environment["MAIL_FROM"] ?? "hello@acme.example")
        team = try Self.address("MAIL_TEAM", environment["MAIL_TEAM"] ?? "team@acme.example")
        switch environment["MAIL_DELIVERY"] ?? "outbox" {
        case "outbox": delivery = .outbox
        case "smtp": delivery = .smtp(try Self.server(environment))
        case "resend": delivery = .resend(try Self.resend(environment))
        case let other: throw InvalidSetting("MAIL_DELIVERY", other, "outbox, smtp or resend")
        }
    }

    private static func server(_ environment: [String: String]) throws(InvalidSetting) -> SMTPService.Server {
        let url = environment["MAIL_SMTP_URL"] ?? ""
        guard let scheme = ["smtp://", "smtps://"].first(where: url.hasPrefix), url.count > scheme.count else {
            throw InvalidSetting("MAIL_SMTP_URL", url, "a URL such as smtp://mail.example:587")
        }
        let host = url.dropFirst(scheme.count).prefix { $0 != ":" && $0 != "/" }
        return SMTPService.Server(
            url: url, username: environment["MAIL_SMTP_USER"], password: environment["MAIL_SMTP_PASSWORD"],
            requiresTLS: !["localhost", "127.0.0.1"].contains(String(host)))
    }

    private static func resend(_ environment: [String: String]) throws(InvalidSetting) -> ResendService {
        guard let apiKey = environment["MAIL_RESEND_KEY"] else {
            throw InvalidSetting("MAIL_RESEND_KEY", "", "the API key of your account at Resend")
        }
        let url = environment["MAIL_RESEND_URL"] ?? "https://api.resend.com"
        return ResendService(url: try Settings.origin("MAIL_RESEND_URL", url), apiKey: apiKey)
    }

    private static func address(_ name: String, _ text: String) throws(InvalidSetting) -> EmailAddress {
        guard let address = EmailAddress(text) else {
            throw InvalidSetting(name, text, "a plain email address such as hello@acme.example")
        }
        return address
    }
}

/// A variable of the environment that can't be used.
struct InvalidSetting: Error, Hashable, CustomStringConvertible {
    let description: String

    init(_ name: String, _ value: String, _ expected: String) {
        description = "\(name) is '\(value)'; \(expected) is expected"
    }
}
