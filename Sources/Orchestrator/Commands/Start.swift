import ArgumentParser
import Foundation
import Wire

/// `orchestrator start`
struct Start: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run for production: events need an event key, everything else the signing key.",
        discussion: """
            Apps have to know the keys: INNGEST_EVENT_KEY, INNGEST_SIGNING_KEY, and INNGEST_BASE_URL with the address \
            of this server. `openssl rand -hex 32` makes a signing key. Options are read from the environment, too: \
            INNGEST_SIGNING_KEY, INNGEST_EVENT_KEY (separated by commas), INNGEST_SDK_URL, INNGEST_POSTGRES_URI.

            With --postgres-uri any number of orchestrators share one database, behind any load balancer.

            The dashboard asks for a login: ORCHESTRATOR_DASHBOARD_USER or ORCHESTRATOR_DASHBOARD_VIEWER with \
            NAME:PASSWORD, one a line, or ORCHESTRATOR_DASHBOARD_TOKEN. A viewer may look and change nothing.
            """)

    @OptionGroup var server: ServerOptions

    @Option(help: "The signing key. Env: INNGEST_SIGNING_KEY.")
    var signingKey: String?

    @Option(
        help:
            "The key before or after --signing-key, while keys are changed: both are accepted. Env: INNGEST_SIGNING_KEY_FALLBACK."
    )
    var signingKeyFallback: String?

    @Option(name: .customLong("event-key"), help: "An event key. May be repeated. Env: INNGEST_EVENT_KEY.")
    var eventKeys: [String] = []

    @Option(
        name: .customLong("dashboard-user"),
        help: "NAME:PASSWORD of somebody who may use the dashboard. May be repeated. Env: ORCHESTRATOR_DASHBOARD_USER.")
    var dashboardUsers: [String] = []

    @Option(
        name: .customLong("dashboard-viewer"),
        help: "NAME:PASSWORD of somebody who may only look. May be repeated. Env: ORCHESTRATOR_DASHBOARD_VIEWER.")
    var dashboardViewers: [String] = []

    @Option(help: "A token to log in to the dashboard with. Env: ORCHESTRATOR_DASHBOARD_TOKEN.")
    var dashboardToken: String?

    @Option(help: "The file to keep the state in.")
    var sqlite = "orchestrator.sqlite"

    @OptionGroup var cluster: ClusterArguments

    @Option(help: "Seconds that open calls may go on when it is asked to end (SIGTERM).")
    var gracePeriod = 10

    @Option(help: "The address to listen on.")
    var host = "127.0.0.1"

    @Option(
        help:
            "How many proxies are in front and add to X-Forwarded-For: tries to log in are limited by the address they tell."
    )
    var proxies = 0

    @Option(help: "Seconds between two looks at the apps of -u; 0 looks once, at the start.")
    var pollInterval = 0

    func validate() throws {
        guard (0...3600).contains(pollInterval) else { throw ValidationError("--poll-interval: 0 to 3600 seconds") }
        guard (0...7200).contains(gracePeriod) else { throw ValidationError("--grace-period: 0 to 7200 seconds") }
        guard (0...10).contains(proxies) else { throw ValidationError("--proxies: 0 to 10") }
        _ = try credentials()
        _ = try users()
    }

    func run() async throws {
        let urls = server.urls.isEmpty ? list("INNGEST_SDK_URL") : server.urls
        try await OrchestratorProcess(
            kind: .cloud, hostName: host, port: server.port, database: sqlite, cluster: cluster.options(),
            grace: .seconds(gracePeriod), credentials: credentials(), users: users(),
            proxies: proxies, dashboardAssets: server.dashboardAssets,
            settings: server.settings(environment: "production"), openCalls: server.queueWorkers, appURLs: urls,
            looksForApps: false, pollInterval: pollInterval == 0 ? nil : .seconds(pollInterval), logger: server.logger
        ).runToItsEnd()
    }

    private var environment: [String: String] { ProcessInfo.processInfo.environment }

    private func list(_ name: String) -> [String] {
        (environment[name] ?? "").split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
    }

    private func users() throws -> DashboardUsers {
        var users = DashboardUsers()
        func lines(_ name: String) -> [String] { (environment[name] ?? "").split(separator: "\n").map(String.init) }
        do {
            let admins = dashboardUsers.isEmpty ? lines("ORCHESTRATOR_DASHBOARD_USER") : dashboardUsers
            for user in admins { try users.add(user, as: .admin) }
            let viewers = dashboardViewers.isEmpty ? lines("ORCHESTRATOR_DASHBOARD_VIEWER") : dashboardViewers
            for user in viewers { try users.add(user, as: .viewer) }
            if let token = dashboardToken ?? environment["ORCHESTRATOR_DASHBOARD_TOKEN"] { try users.add(token: token) }
        } catch {
            throw ValidationError("--dashboard-user, --dashboard-viewer, --dashboard-token: \(error)")
        }
        return users
    }

    private func credentials() throws -> Credentials {
        guard let text = signingKey ?? environment["INNGEST_SIGNING_KEY"] else {
            throw ValidationError(
                "--signing-key is needed: `openssl rand -hex 32` makes one; apps need it, too (INNGEST_SIGNING_KEY)")
        }
        let keys = eventKeys.isEmpty ? list("INNGEST_EVENT_KEY") : eventKeys
        guard !keys.isEmpty, !keys.contains(where: \.isEmpty) else {
            throw ValidationError("--event-key is needed: any secret text; apps need it, too (INNGEST_EVENT_KEY)")
        }
        do {
            let fallback = signingKeyFallback ?? environment["INNGEST_SIGNING_KEY_FALLBACK"]
            return Credentials(
                signingKey: try SigningKey(text), fallbackKey: try fallback.map { try SigningKey($0) }, eventKeys: keys)
        } catch {
            throw ValidationError("--signing-key, --signing-key-fallback: \(error)")
        }
    }
}
