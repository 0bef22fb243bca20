import AppSDK
import AppTesting
import Foundation
import Testing

@Test func reportRun() async throws {
    let orchestrator = try TestOrchestrator(app, startingAt: Date(timeIntervalSince1970: 1767603599))
    try await orchestrator.stub("collect", returning: 12)
    try await orchestrator.advance(by: .seconds(1))
    try await orchestrator.advance(by: .days(8))

    let run = try #require(await orchestrator.runs(of: "report").first)
    #expect(run.status == .completed)
    #expect(run.stepNames == ["collect", "let it be read"])
    #expect(try run.output() == 12)
}
