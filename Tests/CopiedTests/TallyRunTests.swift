import AppSDK
import AppTesting
import Testing

@Test func tallyRun() async throws {
    let orchestrator = try TestOrchestrator(app)
    try await orchestrator.stub("count", returning: 3)
    try await orchestrator.send([
        OutgoingEvent(name: "app/batched", data: ["number": 0]),
        OutgoingEvent(name: "app/batched", data: ["number": 1]),
        OutgoingEvent(name: "app/batched", data: ["number": 2]),
    ])
    try await orchestrator.advance(by: .seconds(30))

    let run = try await orchestrator.run(of: "tally")
    #expect(run.status == .completed)
    #expect(run.stepNames == ["count"])
    #expect(try run.output() == 3)
}
