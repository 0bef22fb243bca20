import AppSDK
import AppTesting
import Testing

@Test func patienceRun() async throws {
    let orchestrator = try TestOrchestrator(app)
    try await orchestrator.send([OutgoingEvent(name: "app/asked")])
    try await orchestrator.advance(by: .minutes(90))
    try await orchestrator.advance(by: .minutes(270))

    let run = try await orchestrator.run(of: "patience")
    #expect(run.status == .completed)
    #expect(run.stepNames == ["answer", "nap"])
    #expect(try run.output() == "nobody answered")
}
