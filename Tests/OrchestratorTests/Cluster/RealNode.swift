import AppSDK
import AppSDKHummingbird
import Foundation
import Hummingbird
import JSON
import Rig

/// The binary as users start it for production, `orchestrator start`, in a process of its own.
struct RealNode: Sendable {
    let name: String
    let child: OrchestratorChild
    /// For what belongs to this node alone.
    let folder: URL

    /// Makes nodes for as long as a body runs; it starts them.
    static func with<Result: Sendable>(
        _ names: [String], _ body: @Sendable ([RealNode]) async throws -> Result
    ) async throws -> Result {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("nodes-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let nodes = try names.map { name in
            let log = folder.appendingPathComponent("\(name).log")
            return RealNode(
                name: name, child: try OrchestratorChild(binary: RunningOrchestrator.built("orchestrator"), log: log),
                folder: folder)
        }
        defer { for node in nodes { node.child.kill() } }
        do {
            return try await body(nodes)
        } catch {
            // Else nobody sees why.
            for node in nodes { print("\(node.name): \(node.child.output)") }
            throw error
        }
    }

    func launch(on uri: String, _ arguments: [String] = []) throws {
        try child.start(
            [
                "start", "--postgres-uri", uri, "--node-name", name, "--grace-period", "0", "--retry-interval", "0",
                "--signing-key", RunningOrchestrator.signingKeyText, "--event-key", RunningOrchestrator.eventKey,
            ] + arguments)
    }

    /// Starts it, and returns when it answers.
    func start(on uri: String, _ arguments: [String] = []) async throws {
        try launch(on: uri, arguments)
        try await child.ready()
    }

    var api: RunningOrchestrator {
        RunningOrchestrator(port: child.port, signingKey: RunningOrchestrator.signingKeyText)
    }

    /// How an app finds this node.
    var configuration: Configuration {
        var configuration = Configuration(mode: .cloud, environment: ["INNGEST_BASE_URL": api.url])
        configuration.signingKey = RunningOrchestrator.signingKeyText
        configuration.eventKey = RunningOrchestrator.eventKey
        configuration.logger.logLevel = .critical
        return configuration
    }

    // MARK: What it does

    /// Sends an event, and returns its id.
    func send(_ name: String) async throws -> String {
        let answer = try await post(name)
        guard answer.status == 200, let id = answer.json["ids"]?[0]?.string else { throw UnexpectedAnswer(answer) }
        return id
    }

    /// - Parameter load: how many letters the event carries, at random: nothing makes them fewer.
    func post(_ name: String, load: Int = 0) async throws -> RunningOrchestrator.Answer {
        let text = String(decoding: (0..<load).map { _ in UInt8.random(in: 0x61...0x7A) }, as: UTF8.self)
        let body = #"{"name":"\#(name)","data":{"load":"\#(text)"}}"#
        return try await api.send("POST", "/e/\(RunningOrchestrator.eventKey)", body: body)
    }

    /// The run that an event has started, once it has completed.
    func completedRun(of event: String) async throws -> JSON { try await api.firstRun(of: event, status: "Completed") }

    /// The states of all nodes, as this one lists them.
    func states() async throws -> [String: String] {
        let nodes = try await api.send("GET", "/v1/nodes").data.elements
        return Dictionary(nodes.map { ($0["name"]?.string ?? "", $0["state"]?.string ?? "") }) { $1 }
    }

    /// How many calls a node has open, as this one lists it.
    func openCalls(of name: String) async throws -> Int? {
        let nodes = try await api.send("GET", "/v1/nodes").data.elements
        return nodes.first { $0["name"]?.string == name }?["open_calls"]?.int
    }

    /// Returns when requests should come to it.
    func inService() async throws {
        while try await api.send("GET", "/ready").status != 200 { try await Task.sleep(for: .milliseconds(20)) }
    }

    static func router(_ app: App) -> Router<BasicRequestContext> {
        let router = Router()
        router.durable(app, at: "/api/inngest")
        return router
    }
}
