public import AppSDK
import Hummingbird

extension App {
    /// Serves the app until the process is told to stop (SIGTERM or SIGINT); calls in progress are finished first.
    ///
    /// - Parameters:
    ///   - port: the port; 0 lets the system choose one.
    ///   - host: the address to bind to. Beyond loopback, be in cloud mode: in dev mode anyone can run functions.
    ///   - path: the endpoint. Where the orchestrator looks for apps by itself, unless given.
    /// - Throws: what keeps the server from listening.
    public func serve(port: Int = 3000, host: String = "127.0.0.1", path: String = "/api/inngest") async throws {
        configuration.logger.info("serving functions", metadata: ["app": "\(id)", "as": "\(configuration)"])
        if configuration.mode == .cloud, configuration.signingKey == nil {
            configuration.logger.warning(
                "no orchestrator can call this app: set INNGEST_DEV=1 for development, INNGEST_SIGNING_KEY otherwise")
        }
        let router = Router()
        router.durable(self, at: RouterPath(path))
        let server = Application(
            router: router, configuration: .init(address: .hostname(host, port: port), serverName: nil),
            logger: configuration.logger)
        try await server.runService()
    }
}
