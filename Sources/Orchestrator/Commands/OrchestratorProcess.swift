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
    var credentials: Credentials
    /// Who may log in to the dashboard, where a login is asked for.
    var users = DashboardUsers()
    /// A folder with the dashboard's files, instead of those in the binary.
    var dashboardAssets: String?
    var settings: EngineSettings
    /// How many calls to apps may be open at once.
    var openCalls: Int
    var appURLs: [String]
    var looksForApps: Bool
    /// How often known apps are asked to register again; nil for once, at the start.
    var pollInterval: Duration?
    var logger: Logger
    /// Called with the port, once the API answers.
    var onReady: @Sendable (Int) -> Void = { _ in }

    /// Runs until the process is asked to end, or the task is cancelled.
    func run() async throws {
        let place = try StatePlace(path: database)
        defer { place.remove() }
        let feed = LiveFeed()
        let host = try await EngineHost(
            store: { try SQLiteStore(path: place.path, durability: place.isTemporary ? .none : .full) },
            settings: settings, room: openCalls, feed: feed, logger: logger)
        let client = HTTPClient(configuration: clientConfiguration)
        let result: Result<Void, any Error>
        do {
            try await services(place, host, client, feed).run()
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
        _ place: StatePlace, _ host: EngineHost, _ client: HTTPClient, _ feed: LiveFeed
    ) -> ServiceGroup {
        let reads = SQLiteReader(path: place.path)
        let directory = AppDirectory(host: host, client: client, signingKey: credentials.signingKey, logger: logger)
        let api = OrchestratorAPI(
            kind: kind, host: host, reads: reads, directory: directory, credentials: credentials,
            sessions: DashboardSessions(users: users), feed: feed, files: DashboardFiles(folder: dashboardAssets))
        let application = Application(
            router: api.router(), server: .http1(configuration: .init(idleTimeout: Self.idleTimeout)),
            configuration: .init(
                address: .hostname(hostName, port: port), serverName: nil,
                availableConnectionsDelegate: MaximumAvailableConnections(
                    OpenFiles.connections(besideCalls: openCalls))),
            onServerRunning: { channel in
                let port = channel.localAddress?.port ?? port
                announce(port, place)
                onReady(port)
            }, logger: logger)
        let caller = AppCaller(client: client, signingKey: credentials.signingKey)
        let dispatcher = Dispatcher(host: host, caller: caller, fetcher: StepFetcher(client: client), logger: logger)
        let live = LiveService(feed: feed, host: host, reads: reads, logger: logger)
        // Ended in the other order: the streams before the server, which waits for them.
        var services: [any Service] = [dispatcher, application, live]
        if pollInterval != nil || !appURLs.isEmpty {
            services.append(
                AppDiscovery(
                    directory: directory, reads: reads, urls: appURLs, looksAround: looksForApps,
                    interval: pollInterval, logger: logger))
        }
        var configuration = ServiceGroupConfiguration(
            services: services, gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
        configuration.maximumGracefulShutdownDuration = Self.patience
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

    private func announce(_ port: Int, _ place: StatePlace) {
        let state = place.isTemporary ? "nowhere: it goes when this process ends" : "in \(place.path)"
        // Written unbuffered: a program that started this one reads the port from here.
        FileHandle.standardOutput.write(
            Data(
                """
                orchestrator \(OrchestratorVersion.text) (\(kind.rawValue)) at http://\(hostName):\(port)
                dashboard at http://\(hostName):\(port)/
                state is kept \(state)

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

/// The database file, or a folder that is removed at the end.
struct StatePlace {
    let path: String
    let isTemporary: Bool

    init(path: String?) throws {
        isTemporary = path == nil
        if let path {
            self.path = path
            let folder = URL(fileURLWithPath: path).deletingLastPathComponent()
            do {
                try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            } catch {
                throw ValidationError(
                    "--sqlite: the folder \(folder.path) can't be made: \(error.localizedDescription)")
            }
        } else {
            let folder = FileManager.default.temporaryDirectory.appendingPathComponent("orchestrator-\(UUID())")
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            self.path = folder.appendingPathComponent("state.sqlite").path
        }
    }

    func remove() {
        guard isTemporary else { return }
        try? FileManager.default.removeItem(at: URL(fileURLWithPath: path).deletingLastPathComponent())
    }
}
