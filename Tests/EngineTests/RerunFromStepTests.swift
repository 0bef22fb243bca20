import JSON
import Testing
import Wire

@testable import Engine

@Suite struct RerunFromStepTests {
    let bench: Bench

    init() throws {
        bench = try Bench()
        try bench.define("f", on: "e", plan: [.run("a"), .run("b"), .run("c")])
        try bench.send("e")
        try bench.settle()
    }

    @Test func keepsWhatCameBefore() throws {
        let old = try bench.run("f")
        let new = try bench.perform(RerunRun(old.id, from: StepID("b")))
        try bench.settle()
        #expect(bench.executed[new] == [StepID("b"), StepID("c")])
        let run = try #require(try bench.queries.run(new))
        #expect(run.status == .completed)
        #expect(try bench.steps(run) == ["a", "b", "c"])
        #expect(try bench.kinds(run).contains(.runRerun))
    }

    @Test func carriesTheChangedInputUntilTheStepHasRun() throws {
        let new = try bench.perform(RerunRun(try bench.run("f").id, from: StepID("b"), input: ["other"]))
        let first = try bench.take()
        #expect(first.request.stack == [StepID("a")])
        #expect(first.request.steps.first { $0.id == StepID("b") }?.value == ["input": ["other"]])
        try bench.perform(bench.answer(first, Op(.stepRun, id: StepID("b"), data: 2)))
        let second = try bench.take()
        #expect(second.request.runID == new)
        #expect(second.request.steps.first { $0.id == StepID("b") }?.value == ["data": 2])
        #expect(second.request.steps.count == 2)
    }

    @Test func wantsAListOfArguments() throws {
        let id = try bench.run("f").id
        #expect(throws: Refusal.self) { try bench.perform(RerunRun(id, from: StepID("b"), input: 5)) }
        #expect(throws: Refusal.self) { try bench.perform(RerunRun(id, input: [5])) }
    }
}
