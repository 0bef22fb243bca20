import ArgumentParser
import Engine
import Foundation
import Logging
import Wire

/// `orchestrator start`
struct Start: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run for production: events need an event key, everything else the signing key.",
        discussion: """
            Apps have to know the keys: INNGEST_EVENT_KEY, INNGEST_SIGNING_KEY, and INNGEST_BASE_URL with the address \
            of this server. `openssl rand -hex 32` makes a signing key. Options are read from the environment, too: \
            INNGEST_SIGNING_KEY, INNGEST_EVENT_KEY (separated by commas), INNGEST_SDK_URL.
            """)

    @Option(help: "The signing key. Env: INNGEST_SIGNING_KEY.")
    var signingKey: String?

    @Option(name: .customLong("event-key"), help: "An event key. May be repeated. Env: INNGEST_EVENT_KEY.")
    var eventKeys: [String] = []

    @Option(name: .customLong("sqlite"), help: "The file to keep the state in.")
    var sqlite = "orchestrator.sqlite"

    @Option(name: [.customShort("u"), .customLong("sdk-url")], help: "The URL of an app. May be repeated.")
    var urls: [String] = []

    @Option(name: .shortAndLong, help: "The port to listen on.")
    var port = 8288

    @Option(help: "The address to listen on.")
    var host = "127.0.0.1"

    @Option(help: "Seconds between two looks at the apps of -u; 0 for never.")
    var pollInterval = 0

    @Option(help: "Seconds to the next attempt, always the same, instead of the growing ones.")
    var retryInterval: Int?

    @Option(help: "How many calls to apps may be open at once.")
    var queueWorkers = 100

    @Option(help: "trace, debug, info, warning or error.")
    var logLevel: Logger.Level = .info

    func validate() throws {
        guard (0...3600).contains(pollInterval) else { throw ValidationError("--poll-interval: 0 to 3600 seconds") }
        guard (1...10_000).contains(queueWorkers) else { throw ValidationError("--queue-workers: 1 to 10000") }
        guard (0...86_400).contains(retryInterval ?? 0) else { throw ValidationError("--retry-interval: 0 to 86400") }
        _ = try credentials()
    }

    func run() async throws {
        var logger = Logger(label: "orchestrator")
        logger.logLevel = logLevel
        try await OrchestratorProcess(
            kind: .cloud, hostName: host, port: port, database: sqlite, credentials: credentials(),
            settings: EngineSettings(
                backoff: retryInterval.map { .fixed(.seconds($0)) } ?? .standard, environment: "production"),
            openCalls: queueWorkers, appURLs: appURLs, looksForApps: false,
            pollInterval: appURLs.isEmpty ? nil : .seconds(pollInterval == 0 ? 3600 * 24 : pollInterval),
            logger: logger
        ).run()
    }

    private var environment: [String: String] { ProcessInfo.processInfo.environment }

    private var appURLs: [String] { urls.isEmpty ? list("INNGEST_SDK_URL") : urls }

    private func list(_ name: String) -> [String] {
        (environment[name] ?? "").split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
    }

    private func credentials() throws -> Credentials {
        guard let text = signingKey ?? environment["INNGEST_SIGNING_KEY"] else {
            throw ValidationError(
                "--signing-key is needed: `openssl rand -hex 32` makes one; give it to the apps, too (INNGEST_SIGNING_KEY)")
        }
        let keys = eventKeys.isEmpty ? list("INNGEST_EVENT_KEY") : eventKeys
        guard !keys.isEmpty else {
            throw ValidationError("--event-key is needed: any secret text; give it to the apps, too (INNGEST_EVENT_KEY)")
        }
        do {
            return Credentials(signingKey: try SigningKey(text), eventKeys: keys)
        } catch {
            throw ValidationError("--signing-key: \(error)")
        }
    }
}
