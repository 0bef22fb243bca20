import AppSDK
import AppTesting
import Testing

@Test func archiveRun() async throws {
    let orchestrator = try TestOrchestrator(app)
    try await orchestrator.stub("store", returning: 1)
    try await orchestrator.send([OutgoingEvent(name: "app/uploaded")])
    // The data has 40104 bytes, which is too much to stand here: put them in.
    try await orchestrator.send([OutgoingEvent(name: "app/scanned")])

    let run = try await orchestrator.run(of: "archive")
    #expect(run.status == .completed)
    #expect(run.stepNames == ["scan", "store"])
    #expect(try run.output() == 1)
}
