import JSON
import Testing
import Wire

@testable import Engine

@Suite struct FencingTests {
    let bench: Bench

    init() throws {
        bench = try Bench()
        try bench.define("f", on: "e", plan: [.run("a"), .run("b")])
    }

    @Test func ignoresASecondAnswer() throws {
        try bench.send("e")
        let call = try bench.take()
        #expect(try bench.perform(bench.answer(call, bench.scripted(call))) == .applied)
        let before = try DatabaseDump(bench.sqlite).text
        #expect(try bench.perform(bench.answer(call, bench.scripted(call))) == .stale)
        #expect(try bench.perform(bench.answer(call, .returned("wrong"))) == .stale)
        #expect(try DatabaseDump(bench.sqlite).text == before)
        try bench.settle()
        #expect(try bench.run("f").output == "done")
    }

    @Test func ignoresASecondAnswerOfTheSameBatch() throws {
        try bench.send("e")
        let call = try bench.take()
        let answer = bench.answer(call, bench.scripted(call))
        let outcomes = bench.execute(answer, answer).outcomes.compactMap { try? $0.get() as? FinishCall.Outcome }
        #expect(outcomes == [.applied, .stale])
        try bench.settle()
        #expect(try bench.steps(try bench.run("f")) == ["a", "b"])
    }

    @Test func ignoresAnAnswerUnderALeaseThatWasTakenAway() throws {
        try bench.send("e")
        let old = try bench.take()
        #expect(try bench.perform(Reconcile()) == 1)
        let new = try bench.take()
        #expect(new.key == old.key)
        #expect(new.lease != old.lease)
        #expect(try bench.perform(bench.answer(old, .returned("old"))) == .stale)
        #expect(try bench.perform(bench.answer(new, .returned("new"))) == .applied)
        #expect(try bench.run("f").output == "new")
    }

    @Test func ignoresAnAnswerUnderALeaseThatNeverWas() throws {
        try bench.send("e")
        let call = try bench.take()
        let forged = FinishCall(call.key, lease: ULID(1), outcome: .returned(.null))
        #expect(try bench.perform(forged) == .stale)
        let nowhere = FinishCall(.run(ULID(9)), lease: call.lease, outcome: .returned(.null))
        #expect(try bench.perform(nowhere) == .stale)
        #expect(try bench.run("f").status == .running)
    }

    @Test func ignoresALateAnswerOfAnAttemptThatWasRepeated() throws {
        try bench.send("e")
        let first = try bench.take()
        let error = ReportedError(name: "Timeout", message: "no answer")
        try bench.perform(bench.answer(first, .failed(error, retriable: true, retryAfter: .delay(.seconds(1)))))
        #expect(try bench.perform(bench.answer(first, .returned("late"))) == .stale)
        bench.now = bench.now + .seconds(1)
        bench.execute()
        #expect(try bench.perform(bench.answer(first, .returned("late"))) == .stale)
        try bench.settle()
        #expect(try bench.run("f").output == "done")
    }

    @Test func makesLostCallsAgainAfterARestart() throws {
        try bench.send("e")
        let lost = try bench.take()
        let restarted = try Bench(seed: 2, store: bench.sqlite)
        restarted.now = bench.now + .minutes(5)
        #expect(restarted.execute().calls.isEmpty, "the lease holds until it is taken away")
        try restarted.perform(Reconcile())
        let call = try restarted.take()
        #expect(call.key == lost.key)
        #expect(call.request.attempt == 0, "a lost call uses no attempt")
        let run = try restarted.run("f")
        #expect(try restarted.kinds(run).contains(.leaseLost))
        #expect(try restarted.kinds(run).filter { $0 == .runStarted }.count == 1)
    }
}
