import Foundation
import JSON
import Logging
import Wire

/// Where the orchestrator is, which secrets are shared with it, and how the app presents itself.
///
/// Made from the environment; set what should differ. Secrets don't show when a configuration is printed.
public struct Configuration: Sendable {
    /// How app and orchestrator trust each other.
    public enum Mode: String, Sendable {
        /// No signatures: for development, and for tests.
        case dev
        /// Calls are signed and verified, and so are the answers. Also for a self-hosted orchestrator.
        case cloud
    }

    /// How app and orchestrator trust each other. `INNGEST_DEV`, else cloud.
    public var mode: Mode
    /// The key under which events are sent. `INNGEST_EVENT_KEY`. In dev mode none is needed.
    public var eventKey: String?
    /// The secret shared with the orchestrator: `signkey-<env>-<hex>`, or the bare hex. `INNGEST_SIGNING_KEY`.
    public var signingKey: String?
    /// The secret before or after, while keys are rotated. `INNGEST_SIGNING_KEY_FALLBACK`.
    public var signingKeyFallback: String?
    /// The environment on the orchestrator's side. `INNGEST_ENV`, else the branch that a hosting platform tells.
    public var environmentName: String?
    /// The orchestrator's API, such as `http://localhost:8288`. `INNGEST_API_BASE_URL`, else `INNGEST_BASE_URL`.
    public var apiOrigin: String
    /// Where events are sent to. `INNGEST_EVENT_API_BASE_URL`, else `INNGEST_BASE_URL`.
    public var eventOrigin: String
    /// The app's own origin as the orchestrator reaches it, such as `https://shop.example`. `INNGEST_SERVE_ORIGIN`.
    /// Nil takes it from the request that asks for a sync; behind a proxy, set it.
    public var serveOrigin: String?
    /// The path of the app's endpoint as the orchestrator reaches it. `INNGEST_SERVE_PATH`. Nil takes the request's.
    public var servePath: String?
    /// Whether a signed sync may be answered at once, without a call back. `INNGEST_ALLOW_IN_BAND_SYNC`, else yes.
    public var allowsInBandSync: Bool
    /// The hosting platform that the app runs on, where it says so by its environment.
    var platform: String?
    /// The version of the app, for people to see.
    public var appVersion: String?
    /// Whether functions go on to their next step in the same call, unless a function says otherwise.
    public var checkpointing = Checkpointing.safe
    /// Whether a call is answered at once, with bytes that keep the connection alive until the answer is there. For
    /// platforms that cut connections on which nothing moves. `INNGEST_STREAMING`, else no.
    public var isStreaming: Bool
    /// What looks on or takes part in all that the app does. The first is outermost.
    public var middleware: [any Middleware] = []
    /// The largest request that is read, in bytes. 8 MiB: calls are 4 MiB at most.
    public var bodyLimit = 8 << 20
    /// Where functions and the serving code log. `INNGEST_LOG_LEVEL` says how much, else what the logging system does.
    public var logger = Logger(label: "durable")

    /// How HTTP requests leave the process.
    package var transport: any HTTPTransport = AsyncHTTPTransport()
    /// What time it is.
    package var clock: @Sendable () -> Timestamp = { Timestamp(Date(), rounded: .down) }
    /// How long a failed sending waits.
    package var pause: @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }
    /// For all functions, whatever they say.
    package var checkpointingOfAll: Checkpointing?
    /// How long steps are gathered before they are reported.
    package var checkpointPause: @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }
    /// How long a streamed answer is silent between two bytes.
    package var streamingPause: @Sendable () async throws -> Void = { try await Task.sleep(for: .seconds(3)) }
    /// How long a call waits for the step that it is to run, when that is behind something that is no step.
    package var targetPatience = Duration.seconds(10)

    /// A result for a step, by the function's slug and the step's id, instead of running it; nil runs it.
    package var stepStub: @Sendable (_ function: String, _ step: String) -> Result<JSON, any Error>? = { _, _ in nil }

    /// Reads the environment.
    ///
    /// - Parameters:
    ///   - mode: nil for what the environment says, and cloud where it says nothing.
    ///   - environment: the variables; nil for those of the process.
    public init(mode: Mode? = nil, environment: [String: String]? = nil) {
        let environment = (environment ?? ProcessInfo.processInfo.environment).filter { !$0.value.isEmpty }
        let dev = DevVariable(environment["INNGEST_DEV"])
        let mode = mode ?? (dev.isOn ? .dev : .cloud)
        self.mode = mode
        let devOrigin = mode == .dev ? dev.origin ?? "http://localhost:8288" : nil
        let base = environment["INNGEST_BASE_URL"] ?? devOrigin
        apiOrigin = origin(environment["INNGEST_API_BASE_URL"] ?? base ?? "https://api.inngest.com")
        eventOrigin = origin(environment["INNGEST_EVENT_API_BASE_URL"] ?? base ?? "https://inn.gs")
        eventKey = environment["INNGEST_EVENT_KEY"]
        signingKey = environment["INNGEST_SIGNING_KEY"]
        signingKeyFallback = environment["INNGEST_SIGNING_KEY_FALLBACK"]
        environmentName = Self.environmentVariables.lazy.compactMap { environment[$0] }.first
        serveOrigin = (environment["INNGEST_SERVE_ORIGIN"] ?? environment["INNGEST_SERVE_HOST"]).map(origin)
        servePath = environment["INNGEST_SERVE_PATH"]
        platform = Self.platforms.first(where: { environment[$0.variable] != nil })?.name
        if let level = Self.logLevel(environment["INNGEST_LOG_LEVEL"]) { logger.logLevel = level }
        isStreaming = ["1", "true", "allow", "force"].contains(environment["INNGEST_STREAMING"]?.lowercased())
        allowsInBandSync = !["0", "false"].contains(environment["INNGEST_ALLOW_IN_BAND_SYNC"]?.lowercased())
    }

    private static let platforms: [(variable: String, name: String)] = [
        ("VERCEL", "vercel"), ("NETLIFY", "netlify"), ("CF_PAGES", "cloudflare-pages"),
        ("RENDER", "render"), ("RAILWAY_ENVIRONMENT", "railway"),
    ]

    /// The levels of all SDKs, and what Swift calls them.
    private static func logLevel(_ text: String?) -> Logger.Level? {
        switch text?.lowercased() {
        case "warn": .warning
        case "fatal", "silent": .critical
        case let name: name.flatMap { Logger.Level(rawValue: $0) }
        }
    }

    private static let environmentVariables = [
        "INNGEST_ENV", "VERCEL_GIT_COMMIT_REF", "BRANCH", "CF_PAGES_BRANCH", "RENDER_GIT_BRANCH",
        "RAILWAY_GIT_BRANCH", "VERCEL_BRANCH_URL",
    ]
}

extension Configuration: CustomStringConvertible, CustomReflectable {
    /// Mode and origins. No secrets.
    public var description: String { "\(mode.rawValue) mode, API at \(apiOrigin), events to \(eventOrigin)" }

    /// Nothing, for the secrets' sake.
    public var customMirror: Mirror { Mirror(self, children: []) }
}

/// `INNGEST_DEV`: on, off, or the origin of a dev server.
private struct DevVariable {
    let isOn: Bool
    let origin: String?

    init(_ value: String?) {
        isOn = value != nil && !["0", "false"].contains(value?.lowercased())
        origin = value.flatMap { $0.hasPrefix("http://") || $0.hasPrefix("https://") ? $0 : nil }
    }
}

/// A URL without the slashes at its end.
private func origin(_ text: String) -> String {
    var text = Substring(text)
    while text.hasSuffix("/") { text.removeLast() }
    return String(text)
}
