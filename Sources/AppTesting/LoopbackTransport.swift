import AppSDK
import Engine
import Foundation
import JSON
import Synchronization
import Wire

/// Brings the app's requests to the orchestrator of the test, without a network.
struct LoopbackTransport: HTTPTransport {
    let orchestrator = OrchestratorReference()

    func send(_ request: OutgoingRequest) async throws -> IncomingResponse {
        guard let orchestrator = orchestrator.get() else { throw TestFailure("the test's orchestrator is gone") }
        let path = URLComponents(string: request.url)?.path ?? ""
        if request.method == "POST", path.hasPrefix("/e/") {
            let events = try JSON(parsing: request.body)
            let ids = try await orchestrator.take(in: Array(events.elements), seed: Self.seed(of: request))
            return answer(["ids": .array(ids.map(JSON.string)), "status": 200])
        }
        if request.method == "POST", path == "/v1/signals" {
            let body = try JSON(parsing: request.body)
            let run = try await orchestrator.take(
                signal: body["signal"]?.string ?? "", data: body["data"] ?? .null)
            if let run { return answer(["data": ["run_id": .string(run)]]) }
        }
        let parts = path.split(separator: "/")
        if request.method == "POST", parts.count == 4, parts[1] == "checkpoint", let run = ULID(String(parts[2])) {
            do {
                try await orchestrator.checkpoint(try JSON(parsing: request.body), run: run)
                return IncomingResponse(status: 200, body: [])
            } catch let refusal as Refusal where refusal.reason == .conflict {
                return IncomingResponse(status: 409, body: [])
            }
        }
        if request.method == "GET", parts.count == 4, parts[1] == "runs", let run = ULID(String(parts[2])) {
            let state = try await orchestrator.state(of: run)
            return answer(parts[3] == "batch" ? state.events : state.steps)
        }
        return IncomingResponse(status: 404, body: Array(#"{"error":"not in tests","status":404}"#.utf8))
    }

    private func answer(_ json: JSON) -> IncomingResponse { IncomingResponse(status: 200, body: Array(json.bytes)) }

    private static func seed(of request: OutgoingRequest) -> ULID? {
        request.headers[HeaderName.eventIDSeed].flatMap(EventIDSeed.firstID)
    }
}

/// The orchestrator, once it is there. Weak: it holds the apps, and they hold this.
final class OrchestratorReference: Sendable {
    private struct Weak: Sendable {
        weak var value: TestOrchestrator?
    }

    private let reference = Mutex(Weak())

    func set(_ orchestrator: TestOrchestrator) { reference.withLock { $0.value = orchestrator } }

    func get() -> TestOrchestrator? { reference.withLock { $0.value } }
}
