import AppSDK
import AppTesting
import Testing

@Test func campaignRun() async throws {
    let orchestrator = try TestOrchestrator(app)
    try await orchestrator.stub("send welcome", returning: "sent welcome")
    try await orchestrator.stub("tips", returning: "sent tips")
    try await orchestrator.stub("offer", returning: "sent offer")
    try await orchestrator.send([OutgoingEvent(name: "app/signed.up", data: ["email": "quo\"te@example.com"])])
    try await orchestrator.advance(by: .days(1))
    try await orchestrator.advance(by: .hours(1))
    try await orchestrator.send([OutgoingEvent(name: "mail/clicked", data: ["email": "quo\"te@example.com"])])
    try await orchestrator.sendSignal("consent", data: true)

    let run = try await orchestrator.run(of: "campaign")
    #expect(run.status == .completed)
    #expect(Set(run.stepNames) == ["send welcome", "let it sink in", "click", "consent", "tips", "offer"])
    #expect(try run.output() == ["sent welcome", "sent tips", "sent offer", "true", "true"] as JSONValue)
}
