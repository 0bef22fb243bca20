import JSON
import Testing
import Wire

@testable import Engine

@Suite struct CheckpointTests {
    let bench: Bench
    let call: Call
    let run: Run

    init() throws {
        bench = try Bench(settings: EngineSettings(backoff: .fixed(.seconds(5))))
        try bench.define("f", on: "e", retries: 1, plan: [.run("a"), .run("b"), .run("c")])
        try bench.send("e")
        call = try bench.take()
        run = try bench.run("f")
    }

    private func checkpoint(_ ops: Op..., lease: ULID? = nil, function: String? = nil) -> Checkpoint {
        Checkpoint(run: run.id, function: function, lease: lease ?? call.lease, ops: ops)
    }

    private func ran(_ name: String) -> Op { Op(.stepRun, id: StepID(name), displayName: name, data: .string(name)) }

    private func expectRefusal(_ reason: Refusal.Reason, _ command: Checkpoint) throws {
        let refusal = try #require(throws: Refusal.self) { try bench.perform(command) }
        #expect(refusal.reason == reason)
    }

    @Test func keepsStepsWhileTheCallGoesOn() throws {
        try bench.perform(checkpoint(ran("a"), ran("b")))
        #expect(try bench.steps(run) == ["a", "b"])
        #expect(bench.execute().calls.isEmpty, "the call is still open")
        try bench.perform(bench.answer(call, ran("c"), Op(.runComplete, id: .runComplete, data: "done")))
        #expect(try bench.run("f").output == "done")
        #expect(try bench.steps(run) == ["a", "b", "c"])
        #expect(bench.calls.count == 1)
        try bench.expectNothingLeft(of: run)
    }

    @Test func takesEachStepOnce() throws {
        try bench.perform(checkpoint(ran("a"), ran("a")))
        try bench.perform(checkpoint(ran("a")))
        #expect(try bench.steps(run) == ["a"])
    }

    @Test func goesOnFromTheLastCheckpointAfterAFailure() throws {
        try bench.perform(checkpoint(ran("a")))
        let error = ReportedError(name: "Crash", message: "gone")
        try bench.perform(bench.answer(call, .failed(error, retriable: true, retryAfter: nil)))
        try bench.advance(by: .seconds(5))
        #expect(try bench.run("f").status == .completed)
        #expect(bench.executed[run.id] == [StepID("b"), StepID("c")])
    }

    @Test func startsTheAttemptsAnew() throws {
        let error = ReportedError(name: "Crash", message: "gone")
        try bench.perform(bench.answer(call, .failed(error, retriable: true, retryAfter: nil)))
        bench.now = bench.now + .seconds(5)
        bench.execute()
        let second = try bench.take()
        #expect(second.request.attempt == 1)
        try bench.perform(checkpoint(ran("a"), lease: second.lease))
        try bench.perform(bench.answer(second, .failed(error, retriable: true, retryAfter: nil)))
        #expect(try bench.run("f").status == .running, "progress earns a new set of attempts")
    }

    @Test func refusesACallThatIsNoLongerTheOne() throws {
        try bench.perform(Reconcile())
        try expectRefusal(.conflict, checkpoint(ran("a")))
        try expectRefusal(.conflict, checkpoint(ran("a"), lease: ULID(5)))
        try expectRefusal(.conflict, Checkpoint(run: run.id, function: nil, lease: nil, ops: []))
        #expect(try bench.steps(run).isEmpty)
        try bench.perform(CancelRun(run.id))
        try expectRefusal(.conflict, checkpoint(ran("a"), lease: try bench.take().lease))
    }

    @Test func refusesWhatIsNoCheckpoint() throws {
        try expectRefusal(.invalid, checkpoint(ran("a"), Op(.sleep, id: StepID("s"), name: "1h")))
        try expectRefusal(.invalid, checkpoint(ran("a"), function: "another"))
        try expectRefusal(.notFound, Checkpoint(run: ULID(4), function: nil, lease: call.lease, ops: []))
        let big = Op(.stepRun, id: StepID("a"), data: .string(String(repeating: "x", count: Limits.stepOutputSize)))
        try expectRefusal(.tooLarge, checkpoint(big))
        #expect(try bench.steps(run).isEmpty, "all or nothing")
    }

    @Test func endsTheRun() throws {
        try bench.perform(checkpoint(ran("a"), Op(.runComplete, id: .runComplete, data: 5)))
        #expect(try bench.run("f").output == 5)
        #expect(try bench.perform(bench.answer(call, .returned(6))) == .stale)
        #expect(try bench.run("f").output == 5)
    }

    @Test func callsAgainWhenAskedTo() throws {
        try bench.perform(checkpoint(ran("a")))
        try bench.perform(bench.answer(call, Op(.discoveryRequest, id: StepID("x"))))
        let next = try bench.take()
        #expect(next.request.steps.map(\.id) == [StepID("a")])
        #expect(next.request.attempt == 0)
        try bench.perform(bench.answer(next, ran("b"), Op(.discoveryRequest, id: StepID("x"))))
        try bench.settle()
        #expect(try bench.run("f").status == .completed)
    }

    @Test func failsAnAppThatAsksForEver() throws {
        for _ in 0..<2 {
            let asked = bench.open.first ?? call
            try bench.perform(bench.answer(asked, Op(.discoveryRequest, id: StepID("x"))))
            bench.now = bench.now + .seconds(5)
            if !bench.open.isEmpty { _ = try bench.take() }
            bench.execute()
        }
        let run = try bench.run("f")
        #expect(run.status == .failed)
        #expect(run.output?["message"]?.string?.contains("asked to be called again") == true)
    }
}
