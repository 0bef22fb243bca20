import AppSDK
import AppTesting
import Testing

@Test func restRun() async throws {
    let orchestrator = try TestOrchestrator(app)
    try await orchestrator.send([OutgoingEvent(name: "app/rested")])
    try await orchestrator.advance(by: .hours(2))
    try await orchestrator.cancel(orchestrator.run(of: "rest"))

    let run = try await orchestrator.run(of: "rest")
    #expect(run.status == .cancelled)
    #expect(run.stepNames == [])
}
