import AppSDK
import AppSDKHummingbird
import AsyncHTTPClient
import Engine
import Foundation
import Hummingbird
import JSON
import Logging
import NIOCore
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

    /// - Parameter database: where the state is kept; nil for a place that is removed.
    static func with<Result: Sendable>(
        kind: ServerKind = .dev, database: String? = nil, cluster: ClusterOptions? = nil, fallbackKey: String? = nil,
        openCalls: Int = 20, answerLimits: AnswerLimits = AnswerLimits(), backoff: Backoff = .fixed(.zero),
        users: DashboardUsers = DashboardUsers(),
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
        return try await during({ try await process.run() }) {
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

    func register(_ url: String) async throws {
        let answer = try await send("PUT", "/v1/apps", body: #"{"url":"\#(url)"}"#)
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
    return try await during({ try await application.run() }) {
        guard let port = await ports.first(where: { _ in true }) else { throw CancellationError() }
        return try await body("http://127.0.0.1:\(port)")
    }
}

/// Runs a service beside a body, and ends it when the body has returned.
private func during<Result: Sendable>(
    _ service: @escaping @Sendable () async throws -> Void, _ body: @escaping @Sendable () async throws -> Result
) async throws -> Result {
    try await withThrowingTaskGroup(of: Result?.self) { group in
        group.addTask {
            do { try await service() } catch is CancellationError {}
            return nil
        }
        group.addTask { try await body() }
        defer { group.cancelAll() }
        while let result = try await group.next() {
            if let result { return result }
        }
        throw CancellationError()
    }
}
