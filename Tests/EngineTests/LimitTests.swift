import JSON
import Stores
import Testing
import Wire

@testable import Engine

@Suite struct LimitTests {
    let bench: Bench

    init() throws { bench = try Bench() }

    private func firstCall() throws -> Call {
        try bench.define("f", triggers: [["event": "e"]]) { _ in .returned(.null) }
        try bench.send("e")
        return try bench.take()
    }

    private func steps(_ range: Range<Int>, size: Int = 0) -> CallOutcome {
        let data = JSON.string(String(repeating: "x", count: size))
        return .ops(range.map { Op(.stepRun, id: StepID("s\($0)"), data: data) }, retryAfter: nil)
    }

    @Test func failsARunAtTheFirstStepTooMany() throws {
        let call = try firstCall()
        try bench.perform(bench.answer(call, steps(0..<1000)))
        #expect(try bench.run("f").status == .running)
        try bench.perform(bench.answer(try bench.take(), steps(1000..<1001)))
        let run = try bench.run("f")
        #expect(run.status == .failed)
        #expect(run.output?["name"] == "InngestErrFunctionOverflowed")
        #expect(run.stepCount == 1000)
        try bench.expectNothingLeft(of: run)
    }

    @Test(arguments: [(0, Run.Status.running), (1, .failed)])
    func boundsTheOutputOfAStep(excess: Int, status: Run.Status) throws {
        let call = try firstCall()
        // What is memoized is `{"data":"…"}`.
        try bench.perform(bench.answer(call, steps(0..<1, size: Limits.stepOutputSize - 11 + excess)))
        let run = try bench.run("f")
        #expect(run.status == status)
        if excess > 0 { #expect(run.output?["name"] == "InngestErrStateOverflowed") }
    }

    @Test func boundsTheStateOfARun() throws {
        let call = try firstCall()
        try bench.perform(bench.answer(call, steps(0..<8, size: (4 << 20) - 100)))
        #expect(try bench.run("f").status == .running)
        try bench.perform(bench.answer(try bench.take(), steps(8..<9, size: 1000)))
        #expect(try bench.run("f").status == .failed)
    }

    /// The app loads such a state itself.
    @Test(arguments: [(2, false), (6, true)])
    func readsNoStateThatIsTooLargeForACall(megabytes: Int, isLeftOut: Bool) throws {
        let store = FailingStore(try SQLiteStore())
        let bench = try Bench(wrapping: { _ in store })
        try bench.define("f", triggers: [["event": "e"]]) { _ in .returned(.null) }
        try bench.send("e")
        // The next call is made in another transaction, which knows nothing of the steps.
        bench.room = 0
        try bench.perform(bench.answer(try bench.take(), steps(0..<2, size: megabytes << 19)))
        bench.room = 1
        try bench.settle()
        let body = try JSON(parsing: try #require(bench.calls.last).request.encode())
        #expect(body["ctx"]?["stack"]?["stack"] == .array(["s0", "s1"].map { .string(StepID($0).hash) }))
        #expect(body["use_api"] == .bool(isLeftOut))
        #expect(Array((body["steps"] ?? .null).members).count == (isLeftOut ? 0 : 2))
        #expect(isLeftOut == (store.stateRead == 0), "\(store.stateRead) bytes")
    }

    @Test func takesAThousandOpsAtOnce() throws {
        let call = try firstCall()
        let ops = (0..<1000).map { Op(.sleep, id: StepID("s\($0)"), name: "1h") }
        try bench.perform(bench.answer(call, .ops(ops, retryAfter: nil)))
        #expect(try bench.run("f").pending == 1000)
        try bench.advance(by: .hours(1))
        let run = try bench.run("f")
        #expect(run.status == .completed)
        #expect(bench.calls.count == 2)
    }

    @Test func countsStepsInFlight() throws {
        let call = try firstCall()
        let found = (0..<999).map { Op(.sleep, id: StepID("s\($0)"), name: "1h") }
        try bench.perform(bench.answer(call, .ops([Op(.stepRun, id: StepID("done"))] + found, retryAfter: nil)))
        #expect(try bench.run("f").status == .running)
        let more = CallOutcome.ops([Op(.sleep, id: StepID("more"), name: "1h")], retryAfter: nil)
        try bench.perform(bench.answer(try bench.take(), more))
        let run = try bench.run("f")
        #expect(run.output?["name"] == "InngestErrFunctionOverflowed")
        try bench.expectNothingLeft(of: run)
    }

    @Test func refusesMoreThanAThousandOps() {
        let ops = JSON.array((0..<1001).map { Op(.sleep, id: StepID("s\($0)"), name: "1h").json })
        let response = CallResponse(status: 206, headers: ["x-inngest-sdk": "test:v1"], body: Array(ops.bytes))
        guard case .failed(let error, let retriable, _) = response.interpret() else {
            Issue.record("it is taken")
            return
        }
        #expect(error.name == "InngestErrFunctionOverflowed")
        #expect(!retriable)
    }

    /// The parent's step overflows when its child ends: the parent ends with it, and the grandparent goes on.
    @Test func failsAParentWhoseChildReturnsTooMuch() throws {
        let big = JSON.string(String(repeating: "x", count: Limits.stepOutputSize))
        try bench.define("child", output: big, plan: [])
        try bench.define("parent", plan: [.invoke("i", "app-child")])
        try bench.define("grandparent", on: "e", plan: [.invoke("i", "app-parent")])
        try bench.send("e")
        try bench.settle()
        #expect(try bench.run("child").status == .completed)
        #expect(try bench.run("parent").output?["name"] == "InngestErrStateOverflowed")
        #expect(try bench.run("grandparent").status == .completed)
        #expect(try bench.value("i", try bench.run("grandparent"))?["error"]?["name"] == "InngestErrStateOverflowed")
    }
}
