import AppSDK
import AppTesting
import Testing

@Test func chargeRun() async throws {
    let orchestrator = try TestOrchestrator(app)
    try await orchestrator.stub("look up card", returning: "4242")
    await orchestrator.stub("charge card", throwing: NonRetriableError("the bank refuses \"4242\""))
    try await orchestrator.send([OutgoingEvent(name: "shop/paid")])

    let run = try await orchestrator.run(of: "charge")
    #expect(run.status == .failed)
    #expect(run.stepNames == ["look up card", "charge card"])
    #expect(run.failure?.message == "the bank refuses \"4242\"")
}
