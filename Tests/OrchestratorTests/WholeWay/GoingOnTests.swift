import AppSDK
import AppSDKHummingbird
import Foundation
import Hummingbird
import JSON
import Synchronization
import Testing
import Wire

private struct Ordered: EventPayload {
    static let eventName = "shop/ordered"
    var total: Int
}

/// Functions that go on in one call, answered in a stream or not, on the real orchestrator.
@Suite("Checkpoints, signals and deferred functions, over HTTP")
struct GoingOnTests {
    private func app(
        _ orchestrator: RunningOrchestrator, kind: ServerKind, _ change: (inout Configuration) -> Void = { _ in },
        @FunctionsBuilder functions: () throws -> [any DurableFunction]
    ) throws -> App {
        var configuration = Configuration(
            mode: kind == .cloud ? .cloud : .dev, environment: ["INNGEST_BASE_URL": orchestrator.url])
        if kind == .cloud {
            configuration.signingKey = RunningOrchestrator.signingKeyText
            configuration.eventKey = RunningOrchestrator.eventKey
        }
        configuration.logger.logLevel = .critical
        change(&configuration)
        return try App("shop", configuration: configuration, functions: functions)
    }

    private func router(_ app: App) -> Router<BasicRequestContext> {
        let router = Router()
        router.durable(app)
        return router
    }

    @Test(
        "Five steps are one call under each preset, and the timeline has all of them",
        arguments: [Checkpointing.safe, .blended, .performant], [false, true])
    func checkpointed(policy: Checkpointing, isStreaming: Bool) async throws {
        try await RunningOrchestrator.with { orchestrator in
            let app = try app(orchestrator, kind: .dev) {
                $0.checkpointing = policy
                $0.isStreaming = isStreaming
                // Stands, or a call would end when it has gone on for long.
                let now = $0.clock()
                $0.clock = { now }
            } functions: {
                Function("f", on: .event(Ordered.self)) { context in
                    var sum = 0
                    for number in 1...5 { sum += try await context.step.run("s\(number)") { number } }
                    return sum
                }
            }
            try await serving(router(app)) { url in
                try await orchestrator.register(url + "/api/inngest")
                let event = try await app.client.send(Ordered(total: 1))
                try await orchestrator.advance()
                let run = try #require(try await orchestrator.runs(of: event).first)
                #expect(run["output"] == 15)
                let timeline = try await orchestrator.timeline(run)
                let steps = timeline["steps"]?.elements.compactMap { $0["name"]?.string }
                #expect(steps == ["s1", "s2", "s3", "s4", "s5"])
                let calls = timeline["history"]?.elements.count { $0["kind"] == "call" }
                #expect(calls == 1)
            }
        }
    }

    @Test("In signed mode reports, streamed answers and signals carry the key") func signed() async throws {
        let waiting = AsyncStream.makeStream(of: Void.self)
        try await RunningOrchestrator.with(kind: .cloud) { orchestrator in
            let app = try app(orchestrator, kind: .cloud) {
                $0.isStreaming = true
            } functions: {
                Function("f", on: .event(Ordered.self)) { context in
                    let one = try await context.step.run("one") { 1 }
                    let two = try await context.step.run("two") { one + 1 }
                    waiting.continuation.yield()
                    let three = try await context.step.waitForSignal("three", signal: "number", as: Int.self)
                    return two + (three ?? 0)
                }
            }
            try await serving(router(app)) { url in
                try await orchestrator.register(url + "/api/inngest")
                let event = try await app.client.send(Ordered(total: 1))
                for await _ in waiting.stream { break }
                // The wait is there when the answer to the call is; until then nobody waits.
                while try await app.client.sendSignal("number", data: 40) == nil { await Task.yield() }
                var output: JSON?
                while output == nil {
                    output = try await orchestrator.runs(of: event).first?["output"].flatMap { $0.isNull ? nil : $0 }
                }
                #expect(output == 42)
            }
        }
    }

    @Test("What a run defers starts when it has ended, and sees its data") func deferred() async throws {
        try await RunningOrchestrator.with { orchestrator in
            let seen = Mutex<[Int]>([])
            let survey = Function("survey", on: .deferred(Ordered.self)) { context in
                try await context.step.run("note") { seen.withLock { $0.append(context.event.data.total) } }
            }
            let app = try app(orchestrator, kind: .dev) {
                survey
                Function("f", on: .event(Ordered.self)) { context in
                    context.defer("survey", to: survey, data: context.event.data)
                    context.defer("other", to: survey, data: Ordered(total: -1)).abort()
                    try await context.step.sleep("nap", for: .hours(1))
                }
            }
            try await serving(router(app)) { url in
                try await orchestrator.register(url + "/api/inngest")
                try await app.client.send(Ordered(total: 7))
                try await orchestrator.advance()
                #expect(seen.withLock { $0 } == [])
                try await orchestrator.advance("1h")
                #expect(seen.withLock { $0 } == [7])
            }
        }
    }
}
