import JSON
import Testing
import Wire

@testable import Engine

@Suite struct DeferTests {
    let bench: Bench

    init() throws {
        bench = try Bench()
        try bench.define("later", triggers: []) { .returned($0.request.events[0]["data"] ?? .null) }
    }

    private func added(_ id: String, to function: String = "app-later", input: JSON = ["n": 1]) -> Op {
        Op(.deferAdd, id: StepID(id), displayName: id, options: ["fn_slug": .string(function), "input": input])
    }

    private func begin(_ ops: Op..., then output: JSON = "done") throws -> Run {
        try bench.define("f", triggers: [["event": "e"]]) { call in
            call.request.steps.isEmpty
                ? .ops(ops + [Op(.stepRun, id: StepID("a"), data: 1)], retryAfter: nil) : .returned(output)
        }
        try bench.send("e")
        try bench.settle()
        return try bench.run("f")
    }

    @Test func startsAFunctionWhenTheRunEnds() throws {
        let run = try begin(added("d"))
        #expect(run.status == .completed)
        let later = try bench.run("later")
        #expect(later.status == .completed)
        #expect(later.output?["n"] == 1)
        #expect(later.output?["_inngest"]?["parent_run_id"]?.string == run.id.description)
        #expect(later.output?["_inngest"]?["parent_fn_slug"] == "app-f")
        #expect(later.output?["_inngest"]?["fn_slug"] == "app-later")
        #expect(try bench.events(InternalEvent.deferred).count == 1)
        #expect(bench.calls(for: run).last?.request.defers.map(\.id) == [StepID("d")], "the app need not ask again")
    }

    @Test func startsOnceHoweverOftenItIsAsked() throws {
        _ = try begin(added("d"), added("d"))
        #expect(try bench.runs("later").count == 1)
    }

    @Test func startsNothingThatWasTakenBack() throws {
        let abort = Op(
            .deferAbort, id: StepID("abort"), options: ["target_hashed_id": .string(StepID("d").hash)])
        let run = try begin(added("d"), added("kept"), abort)
        #expect(try bench.runs("later").count == 1)
        #expect(try bench.kinds(run).contains(.deferAborted))
        let carried = bench.calls(for: run).last?.request.defers.map(\.abortable)
        #expect(carried == [false, true])
    }

    @Test func neverFailsTheRun() throws {
        let big = JSON.string(String(repeating: "x", count: Limits.deferredInputSize))
        let run = try begin(
            added("a", to: "nobody"), added("b", to: ""), added("c", input: ["x": big]), added("d", input: [1]))
        #expect(run.status == .completed)
        #expect(try bench.runs("later").isEmpty)
        #expect(try bench.history(run).filter { $0.kind == .deferRejected }.count == 4)
    }

    @Test func isBounded() throws {
        try bench.define("f", triggers: [["event": "e"]]) { call in
            call.request.steps.isEmpty
                ? .ops(
                    (0..<30).map { self.added("d\($0)") } + [Op(.stepRun, id: StepID("a"), data: 1)], retryAfter: nil)
                : .returned(1)
        }
        try bench.send("e")
        try bench.settle()
        #expect(try bench.runs("later").count == Limits.defersPerRun)
        #expect(try bench.run("f").status == .completed)
    }
}
