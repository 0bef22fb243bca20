import JSON
import Testing
import Wire

@testable import AppSDK

@Suite("Steps with input, and races")
struct InputAndRaceTests {
    private let quote = Function("f", on: .event(Started.self)) { context in
        try await context.step.run("quote", input: context.event.data.value) { $0 * 10 }
    }

    @Test("Input is reported with the step") func reported() async throws {
        let op = try #require(await Rehearsal(quote).ops().first)
        #expect(op.options == ["input": [1], "type": "step.run"])
        #expect(op.data == 10)
    }

    @Test("Changed input takes the place of the input in the code") func changed() async throws {
        var run = try Rehearsal(quote)
        run.steps[StepID("quote")] = ["input": [7]]
        #expect(await run.ops().first?.data == 70)
    }

    @Test(
        "Changed input that does not fit fails the step for good and says so",
        arguments: [["x"], [1, 2], []] as [JSON])
    func misfit(input: JSON) async throws {
        var run = try Rehearsal(quote)
        run.steps[StepID("quote")] = ["input": input]
        let op = try #require(await run.ops().first)
        #expect(op.code == .stepFailed)
        #expect(op.error?["message"]?.string?.contains("'quote'") == true)
    }

    @Test("Input passes through middleware: shown encoded, replaced decoded") func middleware() async throws {
        struct Doubling: Middleware {
            func encode(_ value: JSONValue, as payload: Payload) -> JSONValue {
                guard case .stepInput = payload, let number = value.number else { return value }
                return .number(number * 2)
            }
            func decode(_ value: JSONValue, as payload: Payload) -> JSONValue {
                guard case .stepInput = payload, let number = value.number else { return value }
                return .number(number / 2)
            }
        }
        var run = try Rehearsal(quote) { $0.middleware = [Doubling()] }
        #expect(await run.ops().first?.options?["input"] == [2])
        run.steps[StepID("quote")] = ["input": [8]]
        #expect(await run.ops().first?.data == 40)
    }

    @Test("ai.wrap is a step under another type") func wrap() async throws {
        let function = Function("f", on: .event(Started.self)) { context in
            try await context.step.ai.wrap("ask", input: "q") { "\($0)?" }
        }
        let op = try #require(await Rehearsal(function).ops().first)
        #expect(op.code == .stepRun)
        #expect(op.options == ["input": ["q"], "type": "step.ai.wrap"])
        #expect(op.data == "q?")
    }

    private let race = Function("f", on: .event(Started.self)) { context in
        let step = context.step
        let winner = try await step.race(
            {
                let first = try await step.run("a1") { "a" }
                return try await step.run("a2") { first + "!" }
            },
            { try await step.run("b") { "b" } })
        return try await step.run("after") { winner }
    }

    @Test("Steps of a race are marked, others are not") func marked() async throws {
        var run = try Rehearsal(race)
        let ops = await run.ops()
        #expect(ops.map(\.displayName) == ["a1", "b"])
        #expect(ops.allSatisfy { $0.options?["parallelMode"] == "race" })
        run.remember("b", ["data": "b"])
        let after = await run.ops(planOnly: true)
        #expect(after.map(\.displayName) == ["after"])
        #expect(after[0].options?["parallelMode"] == nil)
    }

    @Test(
        "Who finished first wins, in every later call",
        arguments: [(["a1", "a2", "b"], "a!"), (["a1", "b", "a2"], "b")] as [([String], JSON)])
    func winner(order: [String], winner: JSON) async throws {
        var run = try Rehearsal(race)
        for id in order { run.remember(id, ["data": .string(["a1": "a", "a2": "a!", "b": "b"][id] ?? "")]) }
        #expect(await run.ops().first?.data == winner)
    }

    @Test("A branch that fails ends the race, as one that returns does") func failing() async throws {
        var run = try Rehearsal(race)
        run.remember("b", ["error": ["name": "E", "message": "m"]])
        #expect(await run.call().failure?.name == "E")
    }
}
