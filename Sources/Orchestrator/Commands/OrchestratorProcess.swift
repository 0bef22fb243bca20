import ArgumentParser
import AsyncHTTPClient
import Engine
import Foundation
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import ServiceLifecycle
import Stores
import Wire

/// The running orchestrator: store, engine, dispatcher, API, and in `dev` the search for apps.
struct OrchestratorProcess {
    var kind: ServerKind
    var hostName: String
    var port: Int
    /// Where the state is; nil for a place that goes when the process ends.
    var database: String?
    /// The server that keeps the state instead, for any number of orchestrators.
    var cluster: ClusterOptions?
    /// How long open calls may go on when the process is asked to end.
    var grace = Duration.zero
    var credentials: Credentials
    /// Who may log in to the dashboard, where a login is asked for.
    var users = DashboardUsers()
    /// How many proxies are in front, each of which adds to `X-Forwarded-For`.
    var proxies = 0
    /// A folder with the dashboard's files, instead of those in the binary.
    var dashboardAssets: String?
    var settings: EngineSettings
    /// How many calls to apps may be open at once.
    var openCalls: Int
    var appURLs: [String]
    var looksForApps: Bool
    var answerLimits = AnswerLimits()
    /// How often known apps are asked to register again; nil for once, at the start.
    var pollInterval: Duration?
    var logger: Logger
    /// Called with the port, once the API answers.
    var onReady: @Sendable (Int) -> Void = { _ in }

    /// Runs until the process is asked to end, or the task is cancelled.
    func run() async throws {
        let state = try OrchestratorState(
            database: database, cluster: cluster, name: "\(ProcessInfo.processInfo.hostName):\(port)", room: openCalls,
            logger: logger)
        defer { state.remove() }
        let feed = LiveFeed()
        let host = try await EngineHost(
            store: state.openStore, member: state.member, settings: settings, room: openCalls,
            keepsClock: kind == .dev, feed: feed, logger: logger)
        let client = HTTPClient(configuration: clientConfiguration)
        let result: Result<Void, any Error>
        do {
            try await services(state, host, client, feed).run()
            result = .success(())
        } catch let error as IOError where error.errnoCode == EADDRINUSE {
            result = .failure(PortInUse(host: hostName, port: port))
        } catch {
            result = .failure(error)
        }
        await host.shutDown()
        try await client.shutdown()
        try result.get()
    }

    private func services(
        _ state: OrchestratorState, _ host: EngineHost, _ client: HTTPClient, _ feed: LiveFeed
    ) -> ServiceGroup {
        let reads = state.reads
        let directory = AppDirectory(
            host: host, client: client, credentials: credentials, limit: answerLimits.sync, logger: logger)
        let api = OrchestratorAPI(
            kind: kind, host: host, reads: reads, nodes: state.nodes, directory: directory, credentials: credentials,
            sessions: DashboardSessions(users: users, signingKey: credentials.signingKey), feed: feed,
            files: DashboardFiles(folder: dashboardAssets), origin: RequestOrigin(proxies: proxies))
        let application = Application(
            router: api.router(), server: .http1(configuration: .init(idleTimeout: Self.idleTimeout)),
            configuration: .init(
                address: .hostname(hostName, port: port), serverName: nil,
                availableConnectionsDelegate: MaximumAvailableConnections(
                    OpenFiles.connections(besideCalls: openCalls))),
            onServerRunning: { channel in
                let port = channel.localAddress?.port ?? port
                announce(port, state)
                onReady(port)
            }, logger: logger)
        let caller = AppCaller(client: client, signingKey: credentials.signingKey, limit: answerLimits.call)
        let dispatcher = Dispatcher(
            host: host, caller: caller, fetcher: StepFetcher(client: client, limit: answerLimits.fetch), grace: grace,
            logger: logger)
        let live = LiveService(feed: feed, host: host, reads: reads, logger: logger)
        // Ended in the other order: the streams before the server, which waits for them, and the calls before it, for
        // apps may still ask for what they need while their calls end.
        var services: [any Service] = [application, dispatcher, live]
        if pollInterval != nil || !appURLs.isEmpty {
            services.append(
                AppDiscovery(
                    directory: directory, reads: reads, urls: appURLs, looksAround: looksForApps,
                    interval: pollInterval, logger: logger))
        }
        var configuration = ServiceGroupConfiguration(
            services: services, gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
        // What is under way is still answered.
        configuration.services.append(
            .init(service: Watchman(host: host), failureTerminationBehavior: .gracefullyShutdownGroup))
        configuration.maximumGracefulShutdownDuration = Self.patience + grace
        return ServiceGroup(configuration: configuration)
    }

    /// A connection on which nothing comes in for so long is closed. Longer than clients keep theirs for later use,
    /// or they would send into closed ones.
    private static let idleTimeout = TimeAmount.seconds(90)
    /// How long requests that are under way may take when the process is asked to end.
    private static let patience = Duration.seconds(5)

    private var clientConfiguration: HTTPClient.Configuration {
        var configuration = HTTPClient.Configuration(
            redirectConfiguration: .disallow, timeout: .init(connect: .seconds(10)))
        // Whether and when to try again is the engine's business.
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = openCalls + 8
        return configuration
    }

    private func announce(_ port: Int, _ state: OrchestratorState) {
        // Written unbuffered: a program that started this one reads the port from here.
        FileHandle.standardOutput.write(
            Data(
                """
                orchestrator \(OrchestratorVersion.text) (\(kind.rawValue)) at http://\(hostName):\(port)
                dashboard at http://\(hostName):\(port)/
                state is kept \(state.description)

                """.utf8))
    }
}

/// Another process listens where this one wants to.
struct PortInUse: Error, CustomStringConvertible {
    let host: String
    let port: Int

    var description: String {
        "port \(port) of \(host) is in use: is an orchestrator running? --port takes another one"
    }
}
