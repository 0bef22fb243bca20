import ArgumentParser
import Engine
import Logging
import Wire

/// What `dev` and `start` have in common.
struct ServerOptions: ParsableArguments {
    @Option(name: [.customShort("u"), .customLong("sdk-url")], help: "The URL of an app. May be repeated.")
    var urls: [String] = []

    @Option(name: .shortAndLong, help: "The port to listen on.")
    var port = 8288

    @Option(help: "Seconds to the next attempt, always the same, instead of the growing ones.")
    var retryInterval: Int?

    @Option(help: "How many calls to apps may be open at once.")
    var queueWorkers = 100

    @Option(help: ArgumentHelp("A folder with the dashboard's files, to work on them.", visibility: .hidden))
    var dashboardAssets: String?

    @Option(help: "How long runs that have ended, and events, are kept, such as 30d or 12h; 0 is for ever.")
    var retention = "30d"

    @Option(help: "trace, debug, info, warning or error.")
    var logLevel: Logger.Level = .info

    func validate() throws {
        guard (0...65_535).contains(port) else { throw ValidationError("--port: 0 to 65535") }
        for url in urls where !CallURL.isCallable(url) {
            throw ValidationError("-u: '\(url)' is no HTTP URL such as http://localhost:3000/api/inngest")
        }
        guard (1...10_000).contains(queueWorkers) else { throw ValidationError("--queue-workers: 1 to 10000") }
        guard (0...86_400).contains(retryInterval ?? 0) else { throw ValidationError("--retry-interval: 0 to 86400") }
        guard retention == "0" || TimeString.parse(retention) != nil else {
            throw ValidationError("--retention: '\(retention)' is no duration such as 30d or 12h; 0 is for ever")
        }
    }

    /// Nil for ever.
    private var keepingPeriod: Duration? { TimeString.parse(retention).flatMap { $0 > .zero ? $0 : nil } }

    var logger: Logger {
        var logger = Logger(label: "orchestrator")
        logger.logLevel = logLevel
        return logger
    }

    func settings(environment: String) -> EngineSettings {
        EngineSettings(
            backoff: retryInterval.map { .fixed(.seconds($0)) } ?? .standard, environment: environment,
            retention: keepingPeriod)
    }
}

extension Logger.Level: @retroactive ExpressibleByArgument {}
