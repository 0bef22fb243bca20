import ArgumentParser

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

    @OptionGroup var server: ServerOptions

    @Option(help: "The address to listen on. Only loopback: dev asks nobody for keys.")
    var host = "127.0.0.1"

    @Option(help: "The file to keep the state in.")
    var sqlite = ".orchestrator/dev.sqlite"

    @OptionGroup var cluster: ClusterArguments

    @Flag(help: "Keep nothing when it ends.")
    var ephemeral = false

    @Flag(help: "Do not look for apps; only those of -u.")
    var noDiscovery = false

    @Flag(help: "Do not ask apps to register again.")
    var noPoll = false

    @Option(help: "Seconds between two looks at the apps.")
    var pollInterval = 5

    func validate() throws {
        guard ["127.0.0.1", "localhost", "::1"].contains(host) else {
            throw ValidationError(
                "dev asks nobody for keys and listens on loopback only; use `orchestrator start` to listen on \(host)")
        }
        guard (1...3600).contains(pollInterval) else { throw ValidationError("--poll-interval: 1 to 3600 seconds") }
    }

    func run() async throws {
        try await OrchestratorProcess(
            kind: .dev, hostName: host, port: server.port, database: ephemeral ? nil : sqlite,
            cluster: cluster.options(), credentials: .none, dashboardAssets: server.dashboardAssets,
            settings: server.settings(environment: "dev"), openCalls: server.queueWorkers, appURLs: server.urls,
            looksForApps: !noDiscovery && server.urls.isEmpty, pollInterval: noPoll ? nil : .seconds(pollInterval),
            logger: server.logger
        ).runToItsEnd()
    }
}
