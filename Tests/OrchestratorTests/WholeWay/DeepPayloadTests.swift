import AppSDK
import AppSDKHummingbird
import Hummingbird
import JSON
import Testing
import Wire

@testable import Orchestrator

/// What is taken in can be delivered: calls and internal events put payloads deeper than they came.
@Suite("Payloads that are nested as deep as is allowed", .timeLimit(.minutes(10)))
struct DeepPayloadTests {
    private static let limit = JSONLimits.intake.depth

    /// An event that is nested so deep in all.
    private static func event(_ depth: Int, name: String = "deep") -> String {
        let nested = String(repeating: #"{"a":"#, count: depth - 1) + "1" + String(repeating: "}", count: depth - 1)
        return #"{"name":"\#(name)","data":\#(nested)}"#
    }

    private static func app(_ orchestrator: RunningOrchestrator) throws -> App {
        let configuration = Configuration(mode: .dev, environment: ["INNGEST_BASE_URL": orchestrator.url])
        return try App("app", configuration: configuration) {
            Function("deep", on: .event(named: "deep"), .checkpointing(.off)) { context in
                // A report on a step has two levels, an event one.
                let inner = try await context.step.run("keep") { context.event.data["a"] }
                return [["a": inner ?? .null] as JSONValue]
            }
            Function("failing", on: .event(named: "deep"), .retries(0)) { _ in
                throw NonRetriableError("no")
            }
            .onFailure { failure in
                if failure.event.data["a"] == nil { throw NonRetriableError("the event is lost") }
            }
            Function("after", on: .event(named: "inngest/function.finished"), .retries(0)) { context in
                context.event.data["event"]?["name"]?.string ?? "?"
            }
        }
    }

    @Test("The deepest event that is accepted reaches the functions that it starts, fails and ends")
    func delivered() async throws {
        try await RunningOrchestrator.with { orchestrator in
            let router = Router()
            router.durable(try Self.app(orchestrator), at: "/api/inngest")
            try await serving(router) { url in
                try await orchestrator.register(url + "/api/inngest")
                let sent = try await orchestrator.send("POST", "/e/k", body: Self.event(Self.limit))
                #expect(sent.status == 200, "\(sent.json)")
                try await orchestrator.advance()
                let runs = try await orchestrator.send("GET", "/v1/runs").data
                let endings = runs.elements.map { "\($0["function"]?.string ?? "") \($0["status"]?.string ?? "")" }
                #expect(
                    endings.sorted() == [
                        "app-after Completed", "app-after Completed", "app-deep Completed",
                        "app-failing Failed", "app-failing-failure Completed",
                    ], "\(runs)")
                let deep = runs.elements.first { $0["function"] == "app-deep" }
                #expect(try JSON(parsing: (deep?["output"] ?? .null).text, limits: .intake).text.hasPrefix("[{\"a\":"))
            }
        }
    }

    @Test("An event that is nested deeper is refused, and the refusal says how deep it may be")
    func refused() async throws {
        try await RunningOrchestrator.with { orchestrator in
            for body in [Self.event(Self.limit + 1), "[\(Self.event(Self.limit))]"] {
                let sent = try await orchestrator.send("POST", "/e/k", body: body)
                #expect(sent.status == 400)
                #expect(sent.json["error"]?.string?.contains("\(Self.limit)") == true, "\(sent.json)")
            }
        }
    }
}
