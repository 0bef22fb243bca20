import AppSDK
import AppTesting
import Testing

@Test func receiptRun() async throws {
    let orchestrator = try TestOrchestrator(app)
    try await orchestrator.stub("number", returning: "R-12")
    try await orchestrator.invoke("receipt", data: ["total": 12] as JSONValue)
    try await orchestrator.advance(by: .minutes(2))

    let run = try await orchestrator.run(of: "receipt")
    #expect(run.status == .completed)
    #expect(run.stepNames == ["number", "let the printer cool"])
    #expect(try run.output() == "R-12")
}
