import AppSDK
import AppTesting
import Testing

@Test func importRun() async throws {
    let orchestrator = try TestOrchestrator(app)
    try await orchestrator.stub("read", returning: [1, 2, 3] as JSONValue)
    try await orchestrator.send([OutgoingEvent(name: "app/imported")])
    // The function itself failed here, and was tried again: the table is locked
    try await orchestrator.advance(by: .seconds(45))
    // The function itself failed here, and was tried again: the table is locked
    try await orchestrator.advance(by: .minutes(1))

    let run = try await orchestrator.run(of: "import")
    #expect(run.status == .completed)
    #expect(run.stepNames == ["read"])
    #expect(try run.output() == 6)
}
