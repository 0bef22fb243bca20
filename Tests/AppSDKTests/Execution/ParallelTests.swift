import JSON
import Testing
import Wire

@testable import AppSDK

@Suite("Steps in parallel")
struct ParallelTests {
    private func asyncLets(_ recorder: Recorder = Recorder()) -> some DurableFunction {
        Function("f", on: .event(Started.self)) { context in
            async let one = context.step.run("one") {
                recorder.note("one")
                return 1
            }
            async let two = context.step.run("two") {
                recorder.note("two")
                return 2
            }
            async let nap: Void = context.step.sleep("nap", for: .hours(1))
            let sum = try await one + two
            try await nap
            return sum
        }
    }

    @Test("async let: all are found in one call, and none runs yet") func discovers() async throws {
        let recorder = Recorder()
        let ops = try await Rehearsal(asyncLets(recorder)).ops()
        #expect(ops.map(\.code) == [.stepPlanned, .stepPlanned, .sleep])
        #expect(ops.map(\.displayName) == ["one", "two", "nap"])
        #expect(recorder.all == [])
    }

    @Test("async let: each runs in a call of its own, and the function goes on with all values") func completes()
        async throws
    {
        let recorder = Recorder()
        var run = try Rehearsal(asyncLets(recorder))
        #expect(await run.finish().returned == 3)
        #expect(recorder.all == ["one", "two"])
    }

    @Test("Task group: all are found in one call, in the order in which they were added") func group() async throws {
        var run = try Rehearsal(
            Function("f", on: .event(Started.self)) { context in
                try await withThrowingTaskGroup(of: Int.self) { group in
                    for index in 0..<20 {
                        group.addTask { try await context.step.run("part-\(index)") { index } }
                    }
                    return try await group.reduce(0, +)
                }
            })
        #expect(await run.ops().map(\.displayName) == (0..<20).map { "part-\($0)" })
        #expect(await run.finish().returned == 190)
    }

    @Test("Steps behind parallel steps are found as their branches get there") func branches() async throws {
        var run = try Rehearsal(
            Function("f", on: .event(Started.self)) { context in
                @Sendable func branch(_ name: String) async throws -> String {
                    let first = try await context.step.run("\(name)1") { name }
                    return try await context.step.run("\(name)2") { first + first }
                }
                async let a = branch("a")
                async let b = branch("b")
                return try await a + b
            })
        run.remember("a1", ["data": "a"])
        #expect(await run.ops(planOnly: true).map(\.displayName) == ["b1", "a2"])
        #expect(await run.finish().returned == "aabb")
    }

    @Test(
        "A race is won on replay by who finished first in history",
        arguments: [["slow", "fast"], ["fast", "slow"]])
    func raceOrder(order: [String]) async throws {
        var run = try Rehearsal(race())
        for id in order { run.remember(id, ["data": .string(id)]) }
        #expect(await run.call().returned == .string(order[0]))
    }

    @Test("A race goes on at the first result; the loser is cancelled and not reported again") func raceWinner()
        async throws
    {
        var run = try Rehearsal(race())
        #expect(await run.ops().map(\.code) == [.stepPlanned, .stepPlanned])
        run.remember("fast", ["data": "fast"])
        #expect(await run.call().returned == "fast")
    }

    private func race() -> some DurableFunction {
        Function("f", on: .event(Started.self), .parallelism(.eager)) { context in
            try await withThrowingTaskGroup(of: String.self) { group in
                for id in ["slow", "fast"] { group.addTask { try await context.step.run(id) { id } } }
                defer { group.cancelAll() }
                return try await group.next() ?? "none"
            }
        }
    }

    @Test("Eager functions ask for a call after each result") func eagerVersion() async throws {
        let response = try await Rehearsal(race()).response()
        #expect(response.headers[HeaderName.requestVersion] == "1")
    }

    @Test("A single step is planned, not run, while others are in flight") func planOnly() async throws {
        let run = try Rehearsal(
            Function("f", on: .event(Started.self)) { context in
                try await context.step.run("a") { Issue.record("must not run") }
            })
        #expect(await run.ops(planOnly: true).map(\.code) == [.stepPlanned])
    }

    @Test("A call for one step runs that step and no other") func targeted() async throws {
        let recorder = Recorder()
        let run = try Rehearsal(asyncLets(recorder))
        let ops = await run.ops(target: StepID("two"), planOnly: true)
        #expect(ops.map(\.code) == [.stepRun])
        #expect(ops.first?.data == 2)
        #expect(recorder.all == ["two"])
    }

    @Test("A call for a step behind finished ones replays up to it") func targetedBehind() async throws {
        var run = try Rehearsal(
            Function("f", on: .event(Started.self)) { context in
                let one = try await context.step.run("one") { 1 }
                return try await context.step.run("two") { one + 1 }
            })
        run.remember("one", ["data": 41])
        #expect(await run.ops(target: StepID("two")).first?.data == 42)
    }

    @Test("A call for a step that is behind a wait for something else finds it") func targetedForeign() async throws {
        let run = try Rehearsal(
            Function("f", on: .event(Started.self)) { context in
                async let parked = context.step.run("parked") { 1 }
                let value = await Task.detached {
                    for _ in 0..<100 { await Task.yield() }
                    return 2
                }.value
                let late = try await context.step.run("late") { value }
                return try await late + parked
            },
            configure: { $0.targetPatience = .seconds(86_400) })
        #expect(await run.ops(target: StepID("late")).first?.data == 2)
    }

    @Test("A call for a step that does not come up answers 500 with what was found") func targetMissing() async throws {
        let response = try await Rehearsal(asyncLets()).response(target: StepID("gone"), planOnly: true)
        #expect(response.status == 500)
        #expect(response.headers[HeaderName.noRetry] == "false")
        let body = try JSON(parsing: response.body)
        #expect(body["requestedStep"]?.string == StepID("gone").hash)
        #expect(body["totalFoundSteps"] == 3)
        #expect(body["message"]?.string?.contains("'one', 'two', 'nap'") == true)
    }

    @Test("A call for a step that the function returns without is answered as not found") func targetUnreached()
        async throws
    {
        let run = try Rehearsal(Function("f", on: .event(Started.self)) { _ in 1 })
        #expect(await run.call(target: StepID("gone")).failure?.name == "StepNotFound")
    }

    @Test("A call for a step that is finished reports nothing") func targetFinished() async throws {
        var run = try Rehearsal(asyncLets())
        run.remember("one", ["data": 1])
        let response = await run.response(target: StepID("one"), planOnly: true)
        #expect(response.status == 206)
        #expect(String(decoding: response.body, as: UTF8.self) == "[]")
    }

    @Test("A thousand parallel steps are found, and found in the same order each time") func many() async throws {
        let run = try Rehearsal(
            Function("f", on: .event(Started.self)) { context in
                await withTaskGroup(of: Void.self) { group in
                    for index in 0..<1000 {
                        group.addTask { try? await context.step.sleep("s\(index)", for: .hours(1)) }
                    }
                }
            })
        let first = await run.ops().map(\.id)
        #expect(first.count == 1000)
        for _ in 0..<5 { #expect(await run.ops().map(\.id) == first) }
    }
}
