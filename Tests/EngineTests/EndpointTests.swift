import JSON
import Testing
import Wire

@testable import Engine

@Suite struct EndpointTests {
    let bench: Bench

    init() throws { bench = try Bench() }

    private func begin(retries: Int = 2) throws -> BeginEndpointRun.Outcome {
        let event: JSON = [
            "data": ["domain": "shop.example", "method": "POST", "path": "/order"],
            "name": .string(InternalEvent.httpRequest),
        ]
        let step = Op(.stepRun, id: StepID("a"), displayName: "a", data: 1)
        let id = ULID(time: bench.now, random: UInt128(bench.engine.catalog.functions.count + retries))
        return try bench.perform(
            BeginEndpointRun(id: id, event: event, ops: [step], retries: retries, requestVersion: 2))
    }

    private func record(_ outcome: BeginEndpointRun.Outcome) throws -> FunctionRecord {
        try #require(bench.engine.catalog.functions[outcome.function])
    }

    @Test func beginsNoRunWhileItIsPaused() throws {
        let outcome = try begin()
        let paused = try bench.perform(PauseFunction(outcome.function.description))
        // The same endpoint, and the endpoint as a new version of the app has it.
        for retries in [2, 5] {
            let refusal = try #require(throws: Refusal.self) {
                try bench.advance(by: .seconds(1))
                _ = try begin(retries: retries)
            }
            #expect(refusal.reason == .conflict)
            #expect(refusal.description.contains("paused"))
        }
        #expect(try record(outcome) == paused)
        #expect(try bench.runs().count == 1)
        try bench.perform(ResumeFunction(outcome.function.description))
        _ = try begin(retries: 5)
        #expect(try record(outcome).config.retries == 5)
        #expect(try bench.runs().count == 2)
    }

    @Test func isPausedNoMoreWhenItsAppWasRemoved() throws {
        let outcome = try begin()
        try bench.perform(PauseFunction(outcome.function.description))
        try bench.perform(RemoveApp(outcome.app))
        try bench.advance(by: .seconds(1))
        _ = try begin()
        #expect(try record(outcome).pausedAt == nil)
        #expect(try record(outcome).archivedAt == nil)
    }
}
