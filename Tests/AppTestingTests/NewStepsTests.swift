import AppSDK
import AppTesting
import Synchronization
import Testing

private struct Ordered: EventPayload {
    static let eventName = "shop/ordered"
    var id: Int
}

private struct Approval: Codable, Sendable, Equatable {
    var by: String
}

private struct Rates: Codable, Sendable {
    var euro: Double
}

private func testApp(@FunctionsBuilder _ functions: () throws -> [any DurableFunction]) throws -> App {
    try App("shop", configuration: Configuration(mode: .dev, environment: [:]), functions: functions)
}

@Suite("Fetches, models, signals, deferrals and races in tests")
struct NewStepsTests {
    // MARK: Fetching

    private func fetching() throws -> App {
        try testApp {
            Function("rates", on: .event(Ordered.self), .retries(1)) { context in
                let answer = try await context.step.fetch("rates", "https://rates.example/today")
                return try answer.decode(Rates.self).euro
            }
        }
    }

    @Test("A fetch gets the answer that the test gives it") func fetch() async throws {
        let orchestrator = try TestOrchestrator(fetching())
        try await orchestrator.stub("rates", returning: FetchResponse(body: #"{"euro":1.5}"#))
        try await orchestrator.send(Ordered(id: 1))
        #expect(try await orchestrator.run(of: "rates").output(as: Double.self) == 1.5)
    }

    @Test("A fetch without an answer fails, and says what the test has to do") func unstubbed() async throws {
        let orchestrator = try TestOrchestrator(fetching())
        try await orchestrator.send(Ordered(id: 1))
        let run = try await orchestrator.run(of: "rates")
        #expect(run.status == .failed)
        #expect(run.failure?.message.contains("stub(_:returning:)") == true)
    }

    @Test("A fetch that fails once is made again") func retried() async throws {
        struct Offline: Error {}
        let orchestrator = try TestOrchestrator(fetching())
        await orchestrator.stub("rates", throwing: Offline(), times: 1)
        try await orchestrator.send(Ordered(id: 1))
        #expect(try await orchestrator.run(of: "rates").status == .running)
        try await orchestrator.stub("rates", returning: FetchResponse(body: #"{"euro":2}"#))
        try await orchestrator.advance(by: .minutes(1))
        #expect(try await orchestrator.run(of: "rates").output(as: Double.self) == 2)
    }

    @Test("A model answers what the test says") func infer() async throws {
        let app = try testApp {
            Function("sum", on: .event(Ordered.self)) { context in
                let answer = try await context.step.ai.infer(
                    "ask", .openAI("gpt-5", apiKey: "k"), prompt: AIPrompt([.user("1 + 1?")]))
                return try await context.step.ai.wrap("check", input: answer.text) { "\($0)!" }
            }
        }
        let orchestrator = try TestOrchestrator(app)
        try await orchestrator.stub("ask", returning: AIResponse(text: "2"))
        try await orchestrator.send(Ordered(id: 1))
        #expect(try await orchestrator.run(of: "sum").output(as: String.self) == "2!")
    }

    // MARK: Signals

    private func approving() throws -> App {
        try testApp {
            Function("approve", on: .event(Ordered.self)) { context in
                let signal = "order-\(context.event.data.id)"
                return try await context.step.waitForSignal(
                    "approval", signal: signal, as: Approval.self, timeout: .days(2))
            }
            Function("boss", on: .event(named: "boss/looks")) { context in
                try await context.step.sendSignal("say-yes", signal: "order-1", data: Approval(by: "boss"))
            }
        }
    }

    @Test("A signal from the test goes to the run that waits for its name") func signal() async throws {
        let orchestrator = try TestOrchestrator(approving())
        try await orchestrator.send(Ordered(id: 1))
        #expect(try await orchestrator.sendSignal("order-2", data: Approval(by: "ada")) == nil)
        let run = try await orchestrator.sendSignal("order-1", data: Approval(by: "ada"))
        let approved = try await orchestrator.run(of: "approve")
        #expect(run == approved.id)
        #expect(try approved.output(as: Approval?.self) == Approval(by: "ada"))
    }

    @Test("A signal from a step goes to the run that waits for its name, and the step knows which") func signalStep()
        async throws
    {
        let orchestrator = try TestOrchestrator(approving())
        try await orchestrator.send(Ordered(id: 1))
        try await orchestrator.send([OutgoingEvent(name: "boss/looks")])
        let approved = try await orchestrator.run(of: "approve")
        #expect(try approved.output(as: Approval?.self) == Approval(by: "boss"))
        #expect(try await orchestrator.run(of: "boss").output(as: String?.self) == approved.id)
    }

    @Test("A signal that does not come in time is nil") func signalTimeout() async throws {
        let orchestrator = try TestOrchestrator(approving())
        try await orchestrator.send(Ordered(id: 1))
        try await orchestrator.advance(by: .days(2))
        #expect(try await orchestrator.run(of: "approve").output(as: Approval?.self) == nil)
    }

    @Test("A second run that waits for the same signal fails, and can be told why") func signalConflict() async throws {
        let orchestrator = try TestOrchestrator(approving())
        try await orchestrator.send(Ordered(id: 1))
        try await orchestrator.send(Ordered(id: 1))
        let runs = try await orchestrator.runs(of: "approve")
        #expect(runs.map(\.status) == [.running, .failed])
        #expect(runs[1].failure?.message.contains("order-1") == true)
    }

    // MARK: Deferring

    private func deferring(gift: Bool) throws -> App {
        let survey = Function("survey", on: .deferred(Ordered.self)) { context in context.event.data.id }
        return try testApp {
            survey
            Function("order", on: .event(Ordered.self)) { context in
                let deferral = context.defer("survey", to: survey, data: context.event.data)
                context.defer("survey", to: survey, data: Ordered(id: -1))
                try await context.step.sleep("delivery", for: .days(1))
                if gift { deferral.abort() }
                return "done"
            }
        }
    }

    @Test("What is deferred starts when the run has ended, once", arguments: [Checkpointing.off, .safe])
    func deferred(checkpointing: Checkpointing) async throws {
        let orchestrator = try TestOrchestrator(deferring(gift: false), checkpointing: checkpointing)
        try await orchestrator.send(Ordered(id: 7))
        #expect(try await orchestrator.runs(of: "survey").isEmpty)
        try await orchestrator.advance(by: .days(1))
        #expect(try await orchestrator.run(of: "order").output(as: String.self) == "done")
        #expect(try await orchestrator.run(of: "survey").output(as: Int.self) == 7)
    }

    @Test("What is taken back does not start") func aborted() async throws {
        let orchestrator = try TestOrchestrator(deferring(gift: true))
        try await orchestrator.send(Ordered(id: 7))
        try await orchestrator.advance(by: .days(1))
        #expect(try await orchestrator.run(of: "order").status == .completed)
        #expect(try await orchestrator.runs(of: "survey").isEmpty)
    }

    // MARK: Races

    @Test("A race goes on at the first branch that ends, and the others are left as they are") func race() async throws
    {
        let app = try testApp {
            Function("race", on: .event(Ordered.self)) { context in
                let step = context.step
                let winner = try await step.race(
                    {
                        try await step.sleep("slow", for: .days(2))
                        return "slow"
                    },
                    {
                        try await step.sleep("fast", for: .days(1))
                        return "fast"
                    })
                return try await step.run("note") { winner }
            }
        }
        let orchestrator = try TestOrchestrator(app)
        try await orchestrator.send(Ordered(id: 1))
        try await orchestrator.advance(by: .days(1))
        let run = try await orchestrator.run(of: "race")
        #expect(run.stepNames.starts(with: ["fast", "note"]))
        try await orchestrator.advance(by: .days(1))
        #expect(try await orchestrator.run(of: "race").output(as: String.self) == "fast")
    }

    // MARK: Changed input

    @Test("A run that is started again from a step gives it the changed input") func changedInput() async throws {
        let charged = Mutex<[Int]>([])
        let app = try testApp {
            Function("charge", on: .event(Ordered.self)) { context in
                let price = try await context.step.run("price") { 100 }
                return try await context.step.run("charge", input: price) { price in
                    charged.withLock { $0.append(price) }
                    return price + 1
                }
            }
        }
        let orchestrator = try TestOrchestrator(app)
        try await orchestrator.send(Ordered(id: 1))
        let first = try await orchestrator.run(of: "charge")
        #expect(try first.output(as: Int.self) == 101)
        let second = try await orchestrator.rerun(first, from: "charge", input: 50)
        #expect(try second.output(as: Int.self) == 51)
        #expect(charged.withLock { $0 } == [100, 50])
        #expect(second.stepNames == ["price", "charge"])
    }

    // MARK: Checkpointing

    @Test("With checkpointing on, a run is one call; off, each step is one") func checkpointing() async throws {
        let app = try testApp {
            Function("steps", on: .event(Ordered.self)) { context in
                var sum = 0
                for number in 1...5 { sum += try await context.step.run("s") { number } }
                return sum
            }
        }
        for (checkpointing, calls) in [(Checkpointing.off, 6), (.safe, 1), (.performant, 1)] {
            let orchestrator = try TestOrchestrator(app, checkpointing: checkpointing)
            try await orchestrator.send(Ordered(id: 1))
            let run = try await orchestrator.run(of: "steps")
            #expect(try run.output(as: Int.self) == 15)
            #expect(run.steps.count == 5)
            #expect(run.callCount == calls)
        }
    }

    @Test("With checkpointing on, failures, sleeps and parallel steps come to the same") func checkpointingMixed()
        async throws
    {
        let failures = Mutex(2)
        struct Flaky: Error {}
        let app = try testApp {
            Function("mixed", on: .event(Ordered.self)) { context in
                let step = context.step
                let one = try await step.run("one") { 1 }
                let two = try await step.run("two") {
                    if failures.withLock({
                        $0 -= 1; return $0 >= 0
                    }) {
                        throw Flaky()
                    }
                    return one + 1
                }
                try await step.sleep("nap", for: .hours(1))
                async let left = step.run("left") { two * 10 }
                async let right = step.run("right") { two * 100 }
                let sum = try await left + right
                return try await step.run("last") { sum }
            }
        }
        for checkpointing in [Checkpointing.off, .safe, .blended, .performant] {
            failures.withLock { $0 = 2 }
            let orchestrator = try TestOrchestrator(app, checkpointing: checkpointing)
            try await orchestrator.send(Ordered(id: 1))
            try await orchestrator.advance(by: .hours(3))
            let run = try await orchestrator.run(of: "mixed")
            #expect(try run.output(as: Int.self) == 220)
            #expect(run.stepNames == ["one", "two", "nap", "left", "right", "last"])
        }
    }

    @Test("A run that is cancelled while it goes on stops at its next step") func cancelledMeanwhile() async throws {
        let ran = Mutex<[String]>([])
        let orchestrators = Mutex<TestOrchestrator?>(nil)
        let app = try testApp {
            Function("f", on: .event(Ordered.self)) { context in
                try await context.step.run("one") {
                    ran.withLock { $0.append("one") }
                    guard let orchestrator = orchestrators.withLock({ $0 }) else { return }
                    try await orchestrator.cancel(orchestrator.run(of: "f"))
                }
                try await context.step.run("two") { ran.withLock { $0.append("two") } }
            }
        }
        let orchestrator = try TestOrchestrator(app, checkpointing: .safe)
        orchestrators.withLock { $0 = orchestrator }
        try await orchestrator.send(Ordered(id: 1))
        #expect(try await orchestrator.run(of: "f").status == .cancelled)
        #expect(ran.withLock { $0 } == ["one"])
    }
}
