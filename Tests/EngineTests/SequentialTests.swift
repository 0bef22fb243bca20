import JSON
import Testing
import Wire

@testable import Engine

@Suite struct SequentialTests {
    let bench: Bench

    init() throws { bench = try Bench() }

    @Test func runsStepsOneAfterTheOther() throws {
        try bench.define("f", on: "e", output: ["total": 3], plan: [.run("a"), .run("b"), .run("c")])
        try bench.send("e", data: ["n": 1])
        try bench.settle()
        let run = try bench.run("f")
        #expect(run.status == .completed)
        #expect(run.output == ["total": 3])
        #expect(try bench.steps(run) == ["a", "b", "c"])
        #expect(bench.executed[run.id] == ["a", "b", "c"].map { StepID($0) })
        #expect(try bench.value("b", run) == ["data": ["ran": "b"]])
        #expect(
            try bench.kinds(run) == [
                .runQueued, .runStarted, .call, .stepCompleted, .call, .stepCompleted, .call, .stepCompleted, .call,
                .runCompleted,
            ])
        #expect(try bench.history(run).map(\.number) == Array(0..<10))
        try bench.expectNothingLeft(of: run)
    }

    @Test func callsWithWhatIsMemoized() throws {
        try bench.define("f", on: "e", plan: [.run("a"), .run("b")])
        try bench.send("e", data: ["n": 1])
        try bench.settle()
        let requests = bench.calls.map(\.request)
        #expect(requests.count == 3)
        #expect(requests.map(\.stack) == [[], [StepID("a")], [StepID("a"), StepID("b")]])
        #expect(requests[2].steps.map(\.value) == [["data": ["ran": "a"]], ["data": ["ran": "b"]]])
        #expect(requests.map(\.version) == [-1, 2, 2])
        #expect(requests.allSatisfy { !$0.disableImmediateExecution && $0.targetStep == nil && $0.attempt == 0 })
        #expect(requests[0].events.map { $0["data"] } == [["n": 1]])
        #expect(requests[0].maxAttempts == 5)
    }

    @Test func completesAFunctionWithoutSteps() throws {
        try bench.define("f", on: "e", plan: [])
        try bench.send("e")
        try bench.settle()
        let run = try bench.run("f")
        #expect(run.output == "done")
        #expect(run.startedAt == bench.now)
        #expect(run.endedAt == bench.now)
    }

    @Test func endsWhenACheckpointingAppSaysSo() throws {
        try bench.define("f", triggers: [["event": "e"]]) { _ in .returned(.null) }
        try bench.send("e")
        let call = try bench.take()
        try bench.perform(
            bench.answer(
                call, Op(.stepRun, id: StepID("a"), data: 1), Op(.runComplete, id: StepID.runComplete, data: ["x": 1])))
        let run = try bench.run("f")
        #expect(run.status == .completed)
        #expect(run.output == ["x": 1])
        #expect(try bench.steps(run).count == 1)
        try bench.expectNothingLeft(of: run)
    }

    @Test func keepsALegacyStepsDataAsItIs() throws {
        try bench.define("f", triggers: [["event": "e"]]) { _ in .returned(.null) }
        try bench.send("e")
        try bench.perform(bench.answer(try bench.take(), Op(.step, id: StepID("a"), data: ["raw": 1])))
        #expect(try bench.value("a", try bench.run("f")) == ["raw": 1])
    }

    @Test func failsAnAppThatMakesNoProgress() throws {
        try bench.define("f", triggers: [["event": "e"]], retries: 1) { _ in .ops([], retryAfter: nil) }
        try bench.send("e")
        try bench.advance(by: .hours(1))
        let run = try bench.run("f")
        #expect(run.status == .failed)
        #expect(run.output?["name"] == "NoProgress")
        #expect(try bench.kinds(run) == [.runQueued, .runStarted, .call, .call, .runFailed], "one entry for each call")
    }
}
