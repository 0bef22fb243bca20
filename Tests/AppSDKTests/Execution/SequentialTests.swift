import JSON
import Testing
import Wire

@testable import AppSDK

@Suite("Steps one after the other")
struct SequentialTests {
    @Test("Each step's code runs once, and its value is there in later calls") func runsOnce() async throws {
        let recorder = Recorder()
        var run = try Rehearsal(
            Function("f", on: .event(Started.self)) { context in
                let one = try await context.step.run("one") {
                    recorder.note("one")
                    return context.event.data.value + 1
                }
                let two = try await context.step.run("two") {
                    recorder.note("two")
                    return one * 10
                }
                return [one, two]
            })
        #expect(await run.finish().returned == [2, 20])
        #expect(recorder.all == ["one", "two"])
    }

    @Test("The first step that is not finished runs at once, and is reported with its value") func runsNow()
        async throws
    {
        let run = try Rehearsal(
            Function("f", on: .event(Started.self)) { context in
                try await context.step.run("count") { 7 }
                try await context.step.run("never") { Issue.record("one step a call") }
            })
        let response = await run.response()
        #expect(response.status == 206)
        #expect(response.headers[HeaderName.sdk] == "swift:v0.1.0")
        #expect(response.headers[HeaderName.requestVersion] == "2")
        let op = try #require(await run.ops().first)
        #expect(op.code == .stepRun)
        #expect(op.id == StepID("count"))
        #expect(op.data == 7)
        #expect(op.displayName == "count")
        #expect(op.options?["type"] == "step.run")
        #expect(op.userland == ["id": "count"])
        #expect(op.timing?["a"]?.double == 1_700_000_000_000_000_000)
    }

    @Test("A sleep is reported with its duration and the function goes on when it is over") func sleeps() async throws {
        var run = try Rehearsal(
            Function("f", on: .event(Started.self)) { context in
                try await context.step.sleep("nap", for: .days(3))
                return "awake"
            })
        let op = try #require(await run.ops().first)
        #expect(op.code == .sleep)
        #expect(op.name == "3d")
        run.remember("nap", .null)
        #expect(await run.call().returned == "awake")
    }

    @Test("A sleep until a date is reported with the date") func sleepsUntil() async throws {
        let run = try Rehearsal(
            Function("f", on: .event(Started.self)) { context in
                try await context.step.sleep("nap", until: .init(timeIntervalSince1970: 1_700_000_000.5))
            })
        #expect(await run.ops().first?.name == "2023-11-14T22:13:20.500Z")
    }

    @Test("Void and optional results are told apart from none") func emptyResults() async throws {
        let recorder = Recorder()
        var run = try Rehearsal(
            Function("f", on: .event(Started.self)) { context in
                try await context.step.run("void") { recorder.note("void") }
                let nothing: Int? = try await context.step.run("nil") { nil }
                let something: Int? = try await context.step.run("some") { 3 }
                return [nothing, something]
            })
        #expect(await run.ops().first?.data == .null)
        #expect(await run.finish().returned == [.null, 3])
        #expect(recorder.count("void") == 2)
    }

    @Test("A repeated id counts up in the order of the calls") func repeats() async throws {
        var run = try Rehearsal(
            Function("f", on: .event(Started.self)) { context in
                var sum = 0
                for number in 1...3 { sum += try await context.step.run("a") { number } }
                return sum
            })
        #expect(await run.finish().returned == 6)
        #expect(run.stack == [StepID("a"), StepID("a", repetition: 1), StepID("a", repetition: 2)])
    }

    @Test("A repeat does not take the place of an id that looks like it") func repeatCollision() async throws {
        var run = try Rehearsal(
            Function("f", on: .event(Started.self)) { context in
                try await [
                    context.step.run("a:1") { "explicit" }, context.step.run("a") { "first" },
                    context.step.run("a") { "second" },
                ]
            })
        #expect(await run.finish().returned == ["explicit", "first", "second"])
        #expect(run.stack.last == StepID("a", repetition: 2))
    }

    @Test("What is no step may be awaited between steps") func foreignAwaits() async throws {
        let recorder = Recorder()
        var run = try Rehearsal(
            Function("f", on: .event(Started.self)) { context in
                let elsewhere = Elsewhere()
                let one = try await context.step.run("one") { await elsewhere.twice(1) }
                let two = await elsewhere.twice(one)
                await Task.detached { recorder.note("detached") }.value
                return try await context.step.run("three") { await elsewhere.twice(two) }
            })
        #expect(await run.finish().returned == 8)
    }

    @Test("A stored result that no longer fits fails the run and says where, even in a try?") func misfit() async throws
    {
        struct Receipt: Codable { var number: Int }
        var run = try Rehearsal(
            Function("f", on: .event(Started.self)) { context in
                let receipt = try? await context.step.run("charge") { Receipt(number: 1) }
                return receipt?.number ?? -1
            })
        run.remember("charge", ["data": ["number": "seven"]])
        let outcome = await run.call()
        #expect(outcome.isRetriable == false)
        let message = try #require(outcome.failure?.message)
        #expect(message.contains("'charge'"))
        #expect(message.contains("number"))
    }

    @Test("Event data that does not fit the type fails the run and says where") func eventMisfit() async throws {
        var run = try Rehearsal(Function("f", on: .event(Started.self)) { context in context.event.data.value })
        run.event = ["name": "test/started", "data": ["value": "one"]]
        let outcome = await run.call()
        #expect(outcome.isRetriable == false)
        #expect(outcome.failure?.message.contains("data.value") == true)
    }

    @Test("Changed input of a step that runs again makes it run") func inputOverride() async throws {
        var run = try Rehearsal(
            Function("f", on: .event(Started.self)) { context in try await context.step.run("a") { 1 } })
        run.steps[StepID("a")] = ["input": [2]]
        #expect(await run.ops().first?.code == .stepRun)
    }

    @Test("A step in a step fails with an explanation instead of hanging") func nested() async throws {
        let run = try Rehearsal(
            Function("f", on: .event(Started.self)) { context in
                try await context.step.run("outer") { try await context.step.run("inner") { 1 } }
            })
        let op = try #require(await run.ops().first)
        #expect(op.code == .stepFailed)
        #expect(op.error?["message"]?.string?.contains("'inner'") == true)
    }

    @Test("A function that is run in a step of another, as by a test kit, may have steps") func runInStep() async throws
    {
        let inner = try Rehearsal(
            Function("g", on: .event(Started.self)) { context in try await context.step.run("s") { 7 } })
        let outer = try Rehearsal(
            Function("f", on: .event(Started.self)) { context in
                try await context.step.run("kit") { await inner.ops().first?.data?.int }
            })
        #expect(await outer.ops().first?.data == 7)
    }

    @Test("A result that has no JSON fails the step for good") func unencodable() async throws {
        let run = try Rehearsal(
            Function("f", on: .event(Started.self)) { context in
                try await context.step.run("nan") { Double.nan }
            })
        #expect(await run.ops().first?.code == .stepFailed)
    }

    @Test("A result beyond 4 MiB fails the step for good and says the limit") func tooLarge() async throws {
        let run = try Rehearsal(
            Function("f", on: .event(Started.self)) { context in
                try await context.step.run("big") { String(repeating: "x", count: 4 << 20) }
            })
        let op = try #require(await run.ops().first)
        #expect(op.code == .stepFailed)
        #expect(op.error?["message"]?.string?.contains("4194304") == true)
    }
}

actor Elsewhere {
    func twice(_ number: Int) -> Int { number * 2 }
}
