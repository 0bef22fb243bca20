import AppSDK
import AppTesting
import Testing

@Test func brokenRun() async throws {
    let orchestrator = try TestOrchestrator(app)
    try await orchestrator.send([OutgoingEvent(name: "app/broke")])
    // The function itself failed here, and was tried again: there is no such table
    try await orchestrator.advance(by: .seconds(45))

    let run = try await orchestrator.run(of: "broken")
    #expect(run.status == .failed)
    #expect(run.stepNames == [])
    #expect(run.failure?.message == "there is no such table")
}
