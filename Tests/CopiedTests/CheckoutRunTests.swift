import AppSDK
import AppTesting
import Testing

@Test func checkoutRun() async throws {
    let orchestrator = try TestOrchestrator(app)
    try await orchestrator.stub("say", of: "checkout", returning: "the receipt is R-12")
    try await orchestrator.send([OutgoingEvent(name: "shop/ordered")])
    try await orchestrator.advance(by: .minutes(3))

    let run = try await orchestrator.run(of: "checkout")
    #expect(run.status == .completed)
    #expect(run.stepNames == ["receipt", "say"])
    #expect(try run.output() == "the receipt is R-12")
}
