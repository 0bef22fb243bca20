import AppSDK
import AppTesting
import Testing

@Suite("A drip campaign in a test")
struct DripCampaignTests {
    private let outbox = Outbox()
    private let ada = SignedUp(userID: "1", email: "ada@example.com")

    @Test("Who does not click gets the offer after three days")
    func withoutClick() async throws {
        let orchestrator = try TestOrchestrator(dripApp(outbox))
        try await orchestrator.send(ada)
        #expect(outbox.sent == ["welcome → ada@example.com"])

        try await orchestrator.advance(by: .days(3) - .seconds(1))
        #expect(try await orchestrator.run(of: "drip").status == .running)
        #expect(outbox.sent.count == 1)

        try await orchestrator.advance(by: .seconds(1))
        let run = try await orchestrator.run(of: "drip")
        #expect(run.status == .completed)
        #expect(run.stepNames == ["welcome", "click", "offer"])
        #expect(outbox.sent == ["welcome → ada@example.com", "offer → ada@example.com"])
    }

    @Test("Who clicks gets tips a day later and the offer another day later")
    func withClick() async throws {
        let orchestrator = try TestOrchestrator(dripApp(outbox))
        try await orchestrator.send(ada)
        try await orchestrator.send(Clicked(emailID: "another"))
        try await orchestrator.advance(by: .hours(5))
        try await orchestrator.send(Clicked(emailID: "email-1"))
        #expect(outbox.sent.count == 1)

        try await orchestrator.advance(by: .days(1))
        #expect(outbox.sent == ["welcome → ada@example.com", "tips → ada@example.com"])
        try await orchestrator.advance(by: .days(1))
        #expect(try await orchestrator.run(of: "drip").status == .completed)
        #expect(outbox.sent.last == "offer → ada@example.com")
    }

    @Test("A thousand campaigns pass in seconds", .timeLimit(.minutes(10)))
    func thousand() async throws {
        for seed in 1...1000 {
            let outbox = Outbox()
            let orchestrator = try TestOrchestrator(dripApp(outbox), seed: UInt64(seed))
            try await orchestrator.send(ada)
            try await orchestrator.send(Clicked(emailID: "email-1"))
            try await orchestrator.advance(by: .days(2))
            #expect(outbox.sent.count == 3)
        }
    }
}
