import ArgumentParser
import AsyncHTTPClient
import Foundation
import NIOCore
import Wire

/// What all commands that speak with an orchestrator have in common.
struct ClientOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Where the orchestrator is. (env: ORCHESTRATOR_URL)", valueName: "url"))
    var url: String = ClientOptions.environment("ORCHESTRATOR_URL") ?? APIEndpoint.defaultURL

    @Option(
        help: ArgumentHelp(
            "The orchestrator's signing key; only its hash is sent. Better given in the environment, where other "
                + "users do not see it. (env: INNGEST_SIGNING_KEY)", valueName: "key"))
    var signingKey: String?

    @Flag(help: "Print the API's data as one JSON document.")
    var json = false

    func validate() throws {
        guard APIEndpoint(url) != nil else {
            throw ValidationError("--url '\(url)' is no HTTP URL such as \(APIEndpoint.defaultURL)")
        }
    }

    /// Connects, does the work, disconnects.
    func withSession(
        terminal: Terminal, pause: @escaping @Sendable (Duration) async throws -> Void,
        _ work: (ClientSession) async throws -> Void
    ) async throws {
        guard let endpoint = APIEndpoint(url) else { return try validate() }
        let key = try key()
        var configuration = HTTPClient.Configuration()
        // The shared client tries to connect for many seconds: a person wants to know at once that nobody is there.
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.timeout.connect = .seconds(5)
        configuration.redirectConfiguration = .disallow
        try await HTTPClient.withHTTPClient(configuration: configuration) { http in
            try await work(
                ClientSession(
                    api: APIClient(endpoint: endpoint, signingKey: key, http: http), terminal: terminal,
                    printsJSON: json, pause: pause))
        }
    }

    private func key() throws -> SigningKey? {
        guard let text = signingKey ?? Self.environment("INNGEST_SIGNING_KEY") else { return nil }
        do {
            return try SigningKey(text)
        } catch {
            throw CommandFailure(.usage, "\(error)")
        }
    }

    static func environment(_ name: String) -> String? {
        ProcessInfo.processInfo.environment[name].flatMap { $0.isEmpty ? nil : $0 }
    }
}
