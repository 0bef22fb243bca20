import ArgumentParser
import Engine
import Foundation
import Logging
import Wire

/// `orchestrator dev`
struct Dev: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run on this machine for development: no keys, finds your app, and its clock can be moved.",
        discussion: """
            Looks for an app on the usual ports and paths (http://localhost:3000/api/inngest and others) and has it \
            register; -u names one. The app has to be in dev mode: INNGEST_DEV=1.

            The state is kept in .orchestrator/dev.sqlite over restarts; --ephemeral forgets it.
            `orchestrator clock advance 3d` lets three days pass.
            """)

    @Option(name: [.customShort("u"), .customLong("sdk-url")], help: "The URL of an app. May be repeated.")
    var urls: [String] = []

    @Option(name: .shortAndLong, help: "The port to listen on.")
    var port = 8288

    @Option(help: "The address to listen on. Only loopback: dev asks nobody for keys.")
    var host = "127.0.0.1"

    @Option(name: .customLong("sqlite"), help: "The file to keep the state in.")
    var sqlite = ".orchestrator/dev.sqlite"

    @Flag(help: "Keep nothing when it ends.")
    var ephemeral = false

    @Flag(help: "Do not look for apps; only those of -u.")
    var noDiscovery = false

    @Flag(help: "Do not ask apps to register again.")
    var noPoll = false

    @Option(help: "Seconds between two looks at the apps.")
    var pollInterval = 5

    @Option(help: "Seconds to the next attempt, always the same, instead of the growing ones.")
    var retryInterval: Int?

    @Option(help: "How many calls to apps may be open at once.")
    var queueWorkers = 100

    @Option(help: "trace, debug, info, warning or error.")
    var logLevel: Logger.Level = .info

    func validate() throws {
        guard ["127.0.0.1", "localhost", "::1"].contains(host) else {
            throw ValidationError(
                "dev asks nobody for keys and listens on loopback only; use `orchestrator start` to listen on \(host)")
        }
        guard (1...3600).contains(pollInterval) else { throw ValidationError("--poll-interval: 1 to 3600 seconds") }
        guard (1...10_000).contains(queueWorkers) else { throw ValidationError("--queue-workers: 1 to 10000") }
        guard (0...86_400).contains(retryInterval ?? 0) else { throw ValidationError("--retry-interval: 0 to 86400") }
    }

    func run() async throws {
        var logger = Logger(label: "orchestrator")
        logger.logLevel = logLevel
        try await OrchestratorProcess(
            kind: .dev, hostName: host, port: port, database: ephemeral ? nil : sqlite, credentials: .none,
            settings: EngineSettings(
                backoff: retryInterval.map { .fixed(.seconds($0)) } ?? .standard, environment: "dev"),
            openCalls: queueWorkers, appURLs: urls, looksForApps: !noDiscovery && urls.isEmpty,
            pollInterval: noPoll && urls.isEmpty ? nil : .seconds(noPoll ? 3600 * 24 : pollInterval), logger: logger
        ).run()
    }
}

extension Logger.Level: @retroactive ExpressibleByArgument {}
