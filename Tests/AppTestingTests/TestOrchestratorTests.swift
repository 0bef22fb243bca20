import AppSDK
import AppTesting
import Foundation
import Testing

private struct Go: EventPayload {
    static let eventName = "test/go"
    var number = 0
}

private struct Done: EventPayload {
    static let eventName = "test/done"
    var number: Int
}

private struct Broken: Error {}

private func app() throws -> App {
    try App("test") {
        Function("double", on: .event(Go.self)) { context in
            let number = context.event.data.number
            let doubled = try await context.step.run("double") { number * 2 }
            try await context.step.sendEvent("tell", Done(number: doubled))
            return doubled
        }
        Function("nap", on: .event(Done.self)) { context in
            try await context.step.sleep("sleep", for: .minutes(5))
            return "rested"
        }
    }
}

@Suite("The test kit")
struct TestOrchestratorTests {
    @Test("A run can be asked for its steps, outputs and the events it sent") func assertions() async throws {
        let orchestrator = try TestOrchestrator(app())
        try await orchestrator.send(Go(number: 21))
        let run = try await orchestrator.run(of: "double")
        #expect(try run.output(as: Int.self) == 42)
        #expect(run.stepNames == ["double", "tell"])
        #expect(try run.step("double")?.output(as: Int.self) == 42)
        #expect(try await orchestrator.events(Done.self).map(\.number) == [42])
        #expect(try await orchestrator.run(of: "nap").status == .running)
        #expect(try await orchestrator.advanceToNextTimer())
        #expect(try await orchestrator.run(of: "nap").output(as: String.self) == "rested")
        #expect(try await !orchestrator.advanceToNextTimer())
    }

    @Test("A stubbed result takes the place of the step's code") func stubbedResult() async throws {
        let orchestrator = try TestOrchestrator(app())
        try await orchestrator.stub("double", of: "double", returning: 7)
        try await orchestrator.send(Go(number: 21))
        #expect(try await orchestrator.run(of: "double").output(as: Int.self) == 7)
    }

    @Test("A stubbed failure is retried, and the code runs when it has failed often enough") func stubbedFailure()
        async throws
    {
        let orchestrator = try TestOrchestrator(app())
        await orchestrator.stub("double", throwing: Broken(), times: 2)
        try await orchestrator.send(Go(number: 1))
        #expect(try await orchestrator.run(of: "double").status == .running)
        try await orchestrator.advance(by: .hours(1))
        #expect(try await orchestrator.run(of: "double").output(as: Int.self) == 2)
    }

    @Test("A stub of one function counts before one of all, until it is used up") func closestStub() async throws {
        let orchestrator = try TestOrchestrator(app())
        try await orchestrator.stub("double", returning: 7)
        await orchestrator.stub("double", of: "double", throwing: Broken(), times: 1)
        try await orchestrator.send(Go(number: 1))
        #expect(try await orchestrator.run(of: "double").status == .running)
        try await orchestrator.advance(by: .hours(1))
        #expect(try await orchestrator.run(of: "double").output(as: Int.self) == 7)
    }

    @Test("A failure for good fails the run with its error") func failure() async throws {
        let orchestrator = try TestOrchestrator(app())
        await orchestrator.stub("double", throwing: NonRetriableError("no more numbers"))
        try await orchestrator.send(Go(number: 1))
        let run = try await orchestrator.run(of: "double")
        #expect(run.status == .failed)
        #expect(run.failure?.message == "no more numbers")
        await orchestrator.removeStubs()
        #expect(try await orchestrator.rerun(run).status == .completed)
    }

    @Test("A cancelled run stays cancelled") func cancelled() async throws {
        let orchestrator = try TestOrchestrator(app())
        try await orchestrator.send(Done(number: 1))
        try await orchestrator.cancel(orchestrator.run(of: "nap"))
        try await orchestrator.advance(by: .days(1))
        #expect(try await orchestrator.run(of: "nap").status == .cancelled)
    }

    @Test("The same seed gives the same ids") func deterministic() async throws {
        var ids: [[String]] = []
        for _ in 0..<2 {
            let orchestrator = try TestOrchestrator(app(), seed: 42)
            try await orchestrator.send(Go(number: 1))
            ids.append(try await orchestrator.runs(of: "double").map(\.id) + orchestrator.runs(of: "nap").map(\.id))
        }
        #expect(ids[0] == ids[1])
    }

    @Test("What is asked for wrongly is explained") func mistakes() async throws {
        let orchestrator = try TestOrchestrator(app())
        await #expect(throws: TestFailure.self) { try await orchestrator.runs(of: "triple") }
        await #expect(throws: TestFailure.self) { try await orchestrator.run(of: "double") }
    }
}
