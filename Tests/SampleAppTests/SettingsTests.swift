import Testing

@testable import SampleApp

@Suite struct SettingsTests {
    @Test func anEmptyEnvironmentIsEnough() throws {
        let settings = try Settings(environment: [:])
        #expect(settings.port == 3000)
        #expect(settings.host == "127.0.0.1")
        #expect(settings.databasePath == "acme.sqlite")
        #expect(settings.baseURL == "http://localhost:3000")
        guard case .outbox = settings.mail.delivery else {
            Issue.record("emails are not kept in the outbox")
            return
        }
    }

    @Test func smtpTravelsEncryptedButOnThisMachine() throws {
        for (url, requiresTLS) in [("smtp://mail.acme.example:587", true), ("smtp://127.0.0.1:25", false)] {
            let settings = try MailSettings(environment: ["MAIL_DELIVERY": "smtp", "MAIL_SMTP_URL": url])
            guard case .smtp(let server) = settings.delivery else {
                Issue.record("\(url) is not used")
                return
            }
            #expect(server.url == url)
            #expect(server.requiresTLS == requiresTLS)
        }
    }

    @Test(arguments: [
        (["PORT": "http"], "PORT is 'http'; a number from 0 to 65535 is expected"),
        (["BASE_URL": "acme"], "BASE_URL is 'acme'; a URL that starts with http:// or https:// is expected"),
        (["MAIL_FROM": "me"], "MAIL_FROM is 'me'; a plain email address such as hello@acme.example is expected"),
        (["MAIL_DELIVERY": "pigeon"], "MAIL_DELIVERY is 'pigeon'; outbox, smtp or resend is expected"),
        (["MAIL_DELIVERY": "smtp"], "MAIL_SMTP_URL is ''; a URL such as smtp://mail.example:587 is expected"),
        (["MAIL_DELIVERY": "resend"], "MAIL_RESEND_KEY is ''; the API key of your account at Resend is expected"),
    ])
    func saysWhichVariableIsWrong(_ environment: [String: String], _ message: String) {
        let error = #expect(throws: InvalidSetting.self) { try Settings(environment: environment) }
        #expect(error?.description == message)
    }
}
