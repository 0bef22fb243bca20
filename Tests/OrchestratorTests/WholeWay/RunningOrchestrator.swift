import AppSDK
import AppSDKHummingbird
import AsyncHTTPClient
import Engine
import Foundation
import Hummingbird
import JSON
import Logging
import NIOCore
import ServiceLifecycle
import Synchronization
import Wire

@testable import Orchestrator

/// The real orchestrator on a loopback port, for as long as a test's body runs.
struct RunningOrchestrator: Sendable {
    let port: Int
    /// Sent as bearer token, if there is one.
    var signingKey: String?

    var url: String { "http://127.0.0.1:\(port)" }

    static let signingKeyText = "signkey-test-12345678abcdef00"
    static let eventKey = "test-event-key"

    /// - Parameters:
    ///   - database: where the state is kept; nil for a place that is removed.
    ///   - answerLimits: by default nothing that a slow machine could reach.
    static func with<Result: Sendable>(
        kind: ServerKind = .dev, database: String? = nil, cluster: ClusterOptions? = nil, fallbackKey: String? = nil,
        openCalls: Int = 20, answerLimits: AnswerLimits = AnswerLimits(sync: .seconds(600)),
        backoff: Backoff = .fixed(.zero), users: DashboardUsers = DashboardUsers(),
        _ body: @escaping @Sendable (RunningOrchestrator) async throws -> Result
    ) async throws -> Result {
        let key = kind == .cloud ? signingKeyText : nil
        let (ports, continuation) = AsyncStream.makeStream(of: Int.self)
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        let process = OrchestratorProcess(
            kind: kind, hostName: "127.0.0.1", port: 0, database: database, cluster: cluster,
            credentials: try key.map {
                Credentials(
                    signingKey: try SigningKey($0), fallbackKey: try fallbackKey.map { try SigningKey($0) },
                    eventKeys: [eventKey])
            } ?? .none,
            users: users, settings: EngineSettings(backoff: backoff), openCalls: openCalls, appURLs: [],
            looksForApps: false, answerLimits: answerLimits, pollInterval: nil, logger: logger,
            onReady: { continuation.yield($0) })
        return try await during(RunningProcess(process: process), logger: logger) {
            guard let port = await ports.first(where: { _ in true }) else { throw CancellationError() }
            return try await body(RunningOrchestrator(port: port, signingKey: key))
        }
    }

    // MARK: Requests

    struct Answer: Sendable {
        let status: Int
        let json: JSON
        let headers: [String: String]
        var data: JSON { json["data"] ?? .null }
    }

    func send(_ method: String, _ path: String, body: String? = nil, headers: [String: String] = [:]) async throws
        -> Answer
    {
        try await send(method, path, bytes: body.map { Array($0.utf8) }, headers: headers)
    }

    func send(_ method: String, _ path: String, bytes: [UInt8]?, headers: [String: String] = [:]) async throws
        -> Answer
    {
        var request = HTTPClientRequest(url: url + path)
        request.method = .init(rawValue: method)
        // An empty value stands for a header that is not there.
        for (name, value) in headers where !value.isEmpty { request.headers.add(name: name, value: value) }
        if let signingKey, headers["authorization"] == nil {
            request.headers.add(name: "authorization", value: "Bearer \(try SigningKey(signingKey).hashed)")
        }
        if let bytes { request.body = .bytes(ByteBuffer(bytes: bytes)) }
        let response = try await HTTPClient.shared.execute(request, timeout: .seconds(60))
        let content = try await response.body.collect(upTo: 64 << 20)
        let isJSON = response.headers.first(name: "content-type")?.hasPrefix("application/json") ?? false
        let json = isJSON && content.readableBytes > 0 ? try JSON(parsing: Array(buffer: content)) : .null
        let pairs = response.headers.map { ($0.name.lowercased(), $0.value) }
        return Answer(
            status: Int(response.status.code), json: json, headers: Dictionary(pairs) { first, _ in first })
    }

    /// The body of an answer that is no JSON.
    func text(_ method: String, _ path: String) async throws -> String {
        var request = HTTPClientRequest(url: url + path)
        request.method = .init(rawValue: method)
        let response = try await HTTPClient.shared.execute(request, timeout: .seconds(60))
        return String(buffer: try await response.body.collect(upTo: 1 << 20))
    }

    /// Lets everything that is due be done, and this much time pass.
    func advance(_ span: String = "0s") async throws {
        let answer = try await send("POST", "/v1/clock", body: #"{"advance":"\#(span)"}"#)
        guard answer.status == 200 else { throw UnexpectedAnswer(answer) }
    }

    /// Has time pass only where the test says so.
    func pauseClock() async throws {
        let answer = try await send("POST", "/v1/clock", body: #"{"pause":true}"#)
        guard answer.status == 200 else { throw UnexpectedAnswer(answer) }
    }

    func register(_ url: String) async throws {
        var answer: Answer
        var attempts = 0
        // The app is in this process, whose tests may keep it from answering in the time that a real node gives it.
        repeat {
            answer = try await send("PUT", "/v1/apps", body: #"{"url":"\#(url)"}"#)
            attempts += 1
        } while attempts < 10 && answer.json["error"]?.string?.contains("did not answer in full") == true
        guard answer.status == 200 else { throw UnexpectedAnswer(answer) }
    }

    /// The runs of an event.
    func runs(of event: String) async throws -> [JSON] {
        Array(try await send("GET", "/v1/events/\(event)/runs").data.elements)
    }

    func timeline(_ run: JSON) async throws -> JSON {
        try await send("GET", "/v1/runs/\(run["run_id"]?.string ?? "")/timeline").data
    }
}

struct UnexpectedAnswer: Error, CustomStringConvertible {
    let description: String

    init(_ answer: RunningOrchestrator.Answer) {
        description = "HTTP \(answer.status): \(answer.json)"
    }
}

/// Serves a router on a loopback port for as long as the body runs.
func serving<Result: Sendable>(
    _ router: Router<BasicRequestContext>, _ body: @escaping @Sendable (_ url: String) async throws -> Result
) async throws -> Result {
    let (ports, continuation) = AsyncStream.makeStream(of: Int.self)
    var logger = Logger(label: "test-app")
    logger.logLevel = .critical
    let application = Application(
        router: router, configuration: .init(address: .hostname("127.0.0.1", port: 0)),
        onServerRunning: { continuation.yield($0.localAddress?.port ?? 0) }, logger: logger)
    return try await during(application, logger: logger) {
        guard let port = await ports.first(where: { _ in true }) else { throw CancellationError() }
        return try await body("http://127.0.0.1:\(port)")
    }
}

/// The orchestrator as a service.
struct RunningProcess: Service {
    let process: OrchestratorProcess

    func run() async throws { try await process.run() }
}

/// Runs a service beside a body, and ends it when the body has returned.
private func during<Output: Sendable>(
    _ service: any Service, logger: Logger, _ body: @escaping @Sendable () async throws -> Output
) async throws -> Output {
    let body = Body(body)
    var configuration = ServiceGroupConfiguration(
        services: [
            .init(service: service), .init(service: body, successTerminationBehavior: .gracefullyShutdownGroup),
        ], logger: logger)
    // A server that is cancelled while it accepts a connection takes the process with it. This one accepts none any
    // more by then, and only waits for requests that never end.
    configuration.maximumGracefulShutdownDuration = .seconds(10)
    do {
        try await ServiceGroup(configuration: configuration).run()
    } catch {
        // What comes of the service when the body has ended is not what is tried.
        guard let outcome = body.outcome else { throw error }
        return try outcome.get()
    }
    guard let outcome = body.outcome else { throw CancellationError() }
    return try outcome.get()
}

/// A body that keeps what has come of it.
private final class Body<Output: Sendable>: Service {
    private let work: @Sendable () async throws -> Output
    private let ending = Mutex<Result<Output, any Error>?>(nil)

    init(_ work: @escaping @Sendable () async throws -> Output) {
        self.work = work
    }

    /// Nil until it has ended.
    var outcome: Result<Output, any Error>? { ending.withLock { $0 } }

    func run() async {
        let outcome: Result<Output, any Error>
        do { outcome = .success(try await work()) } catch { outcome = .failure(error) }
        ending.withLock { $0 = outcome }
    }
}
