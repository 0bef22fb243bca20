import AppSDK
import Hummingbird
import HummingbirdTesting
import Testing

@testable import SampleApp

@Suite struct AcmeTests {
    @Test func functionsAndPagesAreServedSideBySide() async throws {
        let acme = try Acme(
            settings: try Settings(environment: [:]), database: try .inMemory(),
            sdk: AppSDK.Configuration(mode: .dev, environment: [:]))
        try await Application(router: acme.router()).test(.router) { client in
            #expect(try await client.get("/").text.contains("Sign up"))
            #expect(try await client.get("/style.css").headers[.contentType] == "text/css; charset=utf-8")
            let introspection = try await client.get("/api/inngest")
            #expect(introspection.status == .ok)
            // The seventh is what is done when the CRM stays away.
            #expect(introspection.text.contains("\"function_count\":7"))
            #expect(introspection.headers[.contentSecurityPolicy] == nil)
        }
    }
}
