import AppSDK
import Foundation
import Hummingbird

@main struct Main {
    static func main() async {
        do {
            try await serve(environment: ProcessInfo.processInfo.environment)
        } catch {
            FileHandle.standardError.write(Data("SampleApp: \(error)\n".utf8))
            exit(1)
        }
    }

    /// Serves until the process is told to stop.
    private static func serve(environment: [String: String]) async throws {
        let settings = try Settings(environment: environment)
        let acme = try Acme(
            settings: settings, database: try AcmeDatabase(path: settings.databasePath),
            sdk: try sdk(environment, settings: settings))
        let application = Application(
            router: acme.router(),
            configuration: .init(address: .hostname(settings.host, port: settings.port), serverName: "ACME"))
        try await application.runService()
    }

    /// Without a signing key, the sample is in dev mode. There anyone can run functions, so only on this machine.
    private static func sdk(_ environment: [String: String], settings: Settings) throws -> AppSDK.Configuration {
        let isTold = ["INNGEST_DEV", "INNGEST_SIGNING_KEY"].contains { environment[$0]?.isEmpty == false }
        if isTold { return AppSDK.Configuration(environment: environment) }
        guard ["127.0.0.1", "::1", "localhost"].contains(settings.host) else {
            throw InvalidSetting(
                "HOST", settings.host,
                "127.0.0.1, as long as INNGEST_SIGNING_KEY is not set (or INNGEST_DEV=1, if anyone may run functions),")
        }
        return AppSDK.Configuration(mode: .dev, environment: environment)
    }
}
