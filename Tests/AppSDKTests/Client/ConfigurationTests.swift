import Testing

@testable import AppSDK

@Suite("Configuration from the environment")
struct ConfigurationTests {
    @Test(
        "Mode: an option wins, then INNGEST_DEV, then cloud",
        arguments: [
            (nil, [:], .cloud), (nil, ["INNGEST_DEV": "1"], .dev), (nil, ["INNGEST_DEV": "true"], .dev),
            (nil, ["INNGEST_DEV": "0"], .cloud), (nil, ["INNGEST_DEV": "false"], .cloud),
            (nil, ["INNGEST_DEV": ""], .cloud), (nil, ["INNGEST_DEV": "http://dev:1"], .dev),
            (.cloud, ["INNGEST_DEV": "1"], .cloud), (.dev, [:], .dev),
        ] as [(Configuration.Mode?, [String: String], Configuration.Mode)])
    func mode(option: Configuration.Mode?, environment: [String: String], expected: Configuration.Mode) {
        #expect(Configuration(mode: option, environment: environment).mode == expected)
    }

    @Test(
        "Origins: the narrower variable wins",
        arguments: [
            ([:], "https://api.inngest.com", "https://inn.gs"),
            (["INNGEST_DEV": "1"], "http://localhost:8288", "http://localhost:8288"),
            (["INNGEST_DEV": "http://dev:9/"], "http://dev:9", "http://dev:9"),
            (["INNGEST_DEV": "1", "INNGEST_BASE_URL": "http://b"], "http://b", "http://b"),
            (["INNGEST_BASE_URL": "http://b", "INNGEST_API_BASE_URL": "http://a"], "http://a", "http://b"),
            (["INNGEST_BASE_URL": "http://b", "INNGEST_EVENT_API_BASE_URL": "http://e"], "http://b", "http://e"),
        ] as [([String: String], String, String)])
    func origins(environment: [String: String], api: String, event: String) {
        let configuration = Configuration(environment: environment)
        #expect(configuration.apiOrigin == api)
        #expect(configuration.eventOrigin == event)
    }

    @Test(
        "The platform is named in the headers of every request",
        arguments: [
            ("VERCEL", "vercel"), ("NETLIFY", "netlify"), ("CF_PAGES", "cloudflare-pages"), ("RENDER", "render"),
            ("RAILWAY_ENVIRONMENT", "railway"),
        ])
    func platform(variable: String, name: String) {
        #expect(Configuration(environment: [variable: "1"]).identity["x-inngest-platform"] == name)
        #expect(Configuration(environment: [:]).identity["x-inngest-platform"] == nil)
    }

    @Test("INNGEST_LOG_LEVEL says how much is logged")
    func logLevel() {
        #expect(Configuration(environment: ["INNGEST_LOG_LEVEL": "debug"]).logger.logLevel == .debug)
        #expect(Configuration(environment: ["INNGEST_LOG_LEVEL": "WARN"]).logger.logLevel == .warning)
        #expect(Configuration(environment: ["INNGEST_LOG_LEVEL": "fatal"]).logger.logLevel == .critical)
        #expect(Configuration(environment: ["INNGEST_LOG_LEVEL": "nonsense"]).logger.logLevel == .info)
        #expect(Configuration(environment: [:]).logger.logLevel == .info)
    }

    @Test("Environment: INNGEST_ENV, else the branch of a hosting platform") func environmentName() {
        #expect(Configuration(environment: ["INNGEST_ENV": "a", "BRANCH": "b"]).environmentName == "a")
        #expect(Configuration(environment: ["RENDER_GIT_BRANCH": "b"]).environmentName == "b")
        #expect(Configuration(environment: [:]).environmentName == nil)
    }

    @Test("Printing shows no secrets") func secrets() {
        let configuration = Configuration(environment: [
            "INNGEST_SIGNING_KEY": "signkey-test-aa", "INNGEST_EVENT_KEY": "hush",
        ])
        var dumped = ""
        dump(configuration, to: &dumped)
        for text in ["\(configuration)", String(reflecting: configuration), dumped] {
            #expect(!text.contains("signkey"))
            #expect(!text.contains("hush"))
        }
    }

    @Test("A signing key of a wrong form is refused when the app is made") func wrongKey() {
        let configuration = Configuration(environment: ["INNGEST_SIGNING_KEY": "signkey-test-xyz"])
        #expect(throws: InvalidApp.self) { try App("a", configuration: configuration) {} }
    }
}
