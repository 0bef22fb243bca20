import AppSDK
import AppSDKHummingbird
import Hummingbird
import JSON
import Testing
import Wire

@Suite("A rerun with changed input, over HTTP")
struct RerunOverHTTPTests {
    /// Runs a function whose last step multiplies its input, and once more from that step with other input.
    private func outputs(padding: Int) async throws -> (first: JSON?, second: JSON?) {
        try await RunningOrchestrator.with { orchestrator in
            var configuration = Configuration(mode: .dev, environment: ["INNGEST_BASE_URL": orchestrator.url])
            configuration.logger.logLevel = .critical
            let app = try App("shop", configuration: configuration) {
                Function("f", on: .event(named: "go"), .checkpointing(.off)) { context in
                    for part in 0..<3 {
                        try await context.step.run("part-\(part)") { String(repeating: "x", count: padding) }
                    }
                    return try await context.step.run("double", input: 21) { $0 * 2 }
                }
            }
            let router = Router()
            router.durable(app, at: "/api/inngest")
            return try await serving(router) { url in
                try await orchestrator.register(url + "/api/inngest")
                let event = try await app.client.send([OutgoingEvent(name: "go")])[0]
                try await orchestrator.advance()
                let run = try #require(try await orchestrator.runs(of: event).first)
                let answer = try await orchestrator.send(
                    "POST", "/v1/runs/\(run["run_id"]?.string ?? "")/rerun",
                    body: #"{"from_step":{"step_id":"\#(StepID("double").hash)","input":[100]}}"#)
                try await orchestrator.advance()
                let again = try await orchestrator.send("GET", "/v1/runs/\(answer.data["run_id"]?.string ?? "")").data
                return (run["output"], again["output"])
            }
        }
    }

    @Test("The step runs with what the rerun gives it", arguments: [1, 2_000_000])
    func changedInput(padding: Int) async throws {
        let (first, second) = try await outputs(padding: padding)
        #expect(first == 42)
        #expect(second == 200)
    }
}
