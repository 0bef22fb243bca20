import AppSDK
import AppTesting
import Testing

@Test func quoteRun() async throws {
    let orchestrator = try TestOrchestrator(app)
    try await orchestrator.send([OutgoingEvent(name: "app/quoted")])
    // The function itself failed here, and was tried again: "; \(exit(1)) \u{22} #""" } */  "́ 👩‍👩‍👧
    try await orchestrator.advance(by: .seconds(45))

    let run = try await orchestrator.run(of: "quote")
    #expect(run.status == .completed)
    #expect(run.stepNames == [])
    #expect(try run.output() == "\"; \\(exit(1)) \\u{22} #\"\"\" \r\n}\u{2028}\u{85}*/ \t\u{1}\u{202e}\u{7f} \"́ 👩‍👩‍👧")
}
