import JSON
import Simulation
import Testing
import Wire

@testable import Engine

@Suite struct RetryTests {
    let bench: Bench

    init() throws { bench = try Bench() }

    private let error = ReportedError(name: "Boom", message: "it broke")

    /// The function's first call, to be answered by the test.
    private func firstCall(retries: Int? = nil) throws -> Call {
        try bench.define("f", triggers: [["event": "e"]], retries: retries) { _ in .returned(.null) }
        try bench.send("e")
        return try bench.take()
    }

    @Test func countsAttemptsOfAStepAndStartsAgainAtZero() throws {
        try bench.define("f", on: "e", plan: [.run("a", failing: 2), .run("b", failing: 1)])
        try bench.send("e")
        try bench.advance(by: .hours(1))
        let run = try bench.run("f")
        #expect(run.status == .completed)
        #expect(bench.calls.map(\.request.attempt) == [0, 1, 2, 0, 1, 0])
        #expect(try bench.history(run).filter { $0.kind == .stepErrored }.map(\.attempt) == [0, 1, 0])
    }

    @Test func givesAStepFiveAttemptsUnlessToldOtherwise() throws {
        try bench.define("f", on: "e", plan: [.run("a", failing: 99), .run("b")])
        try bench.send("e")
        try bench.advance(by: .hours(5))
        let run = try bench.run("f")
        #expect(run.status == .completed, "the function caught it")
        #expect(
            bench.executed[run.id] == [StepID]([String](repeating: "a", count: 5).map { StepID($0) }) + [StepID("b")])
        #expect(try bench.value("a", run)?["error"]?["message"] == "did not work")
        #expect(try bench.kinds(run).filter { $0 == .stepFailed }.count == 1)
    }

    @Test func failsTheRunForAStepThatTheFunctionDoesNotCatch() throws {
        try bench.define("f", on: "e", retries: 0, catching: false, plan: [.run("a", failing: 1), .run("b")])
        try bench.send("e")
        try bench.settle()
        let run = try bench.run("f")
        #expect(run.status == .failed)
        #expect(run.output?["message"] == "did not work")
        #expect(bench.executed[run.id] == [StepID("a")])
        try bench.expectNothingLeft(of: run)
    }

    @Test(arguments: [
        (0, 15), (1, 30), (2, 60), (3, 120), (4, 300), (5, 600), (6, 1200), (7, 2400), (8, 3600), (9, 7200), (10, 7200),
        (19, 7200),
    ])
    func waitsAsDocumented(attempt: Int, seconds: Int) {
        var ids = ULIDSource(generator: SeededGenerator(seed: UInt64(attempt)))
        for _ in 0..<50 {
            let delay = Backoff.standard.delay(afterAttempt: attempt, ids: &ids)
            #expect(delay >= .seconds(seconds) && delay <= .seconds(seconds + 30))
        }
        #expect(Backoff.fixed(.seconds(3)).delay(afterAttempt: attempt, ids: &ids) == .seconds(3))
    }

    @Test func doesNotCallBeforeTheDelayIsOver() throws {
        let call = try firstCall()
        try bench.perform(bench.answer(call, .failed(error, retriable: true, retryAfter: nil), status: 500))
        let due = try #require(bench.engine.nextDue(hasRoom: true))
        #expect(due >= bench.now + .seconds(15) && due <= bench.now + .seconds(45))
        bench.now = Timestamp(milliseconds: due.milliseconds - 1)
        #expect(bench.execute().calls.isEmpty)
        bench.now = due
        #expect(bench.execute().calls.map(\.request.attempt) == [1])
    }

    @Test(arguments: [
        (RetryAfter.delay(.seconds(90)), 90), (.delay(.zero), 1), (.delay(.seconds(9_999_999)), 86_400),
        (.time(Timestamp(milliseconds: 1_767_225_600_000 + 5000)), 5), (.time(Timestamp(milliseconds: 0)), 1),
    ])
    func heedsRetryAfterWithinLimits(header: RetryAfter, seconds: Int) throws {
        let call = try firstCall()
        try bench.perform(bench.answer(call, .failed(error, retriable: true, retryAfter: header)))
        #expect(bench.engine.nextDue(hasRoom: true) == bench.now + .seconds(seconds))
    }

    @Test func heedsRetryAfterOfAStep() throws {
        let call = try firstCall()
        let op = Op(.stepError, id: StepID("a"), error: ["message": "x"])
        try bench.perform(bench.answer(call, .ops([op], retryAfter: .delay(.seconds(7)))))
        #expect(bench.engine.nextDue(hasRoom: true) == bench.now + .seconds(7))
        let entry = try #require(try bench.history(try bench.run("f")).last)
        #expect(entry.kind == .stepErrored)
        #expect(entry.detail["retry_at"]?.string == (bench.now + .seconds(7)).description)
    }

    @Test func repeatsAFunctionThatFailedAndThenGivesUp() throws {
        var attempts: [Int] = []
        let error = error
        try bench.define("f", triggers: [["event": "e"]], retries: 2) { call in
            attempts.append(call.request.attempt)
            return .failed(error, retriable: true, retryAfter: nil)
        }
        try bench.send("e")
        try bench.advance(by: .hours(1))
        let run = try bench.run("f")
        #expect(attempts == [0, 1, 2])
        #expect(run.status == .failed)
        #expect(run.output?["name"] == "Boom")
        let calls = try bench.history(run).filter { $0.kind == .call }
        #expect(calls.count == 3)
        #expect(calls.map { $0.detail["retry_at"] != nil } == [true, true, false])
        try bench.expectNothingLeft(of: run)
    }

    @Test func doesNotRepeatWhatSaysSo() throws {
        let call = try firstCall()
        try bench.perform(bench.answer(call, .failed(error, retriable: false, retryAfter: .delay(.seconds(1)))))
        #expect(try bench.run("f").status == .failed)
    }

    @Test func takesNoRetryOfAStepErrorAsFinal() throws {
        let call = try firstCall()
        let op = Op(.stepError, id: StepID("a"), error: ["message": "x", "noRetry": true])
        try bench.perform(bench.answer(call, op))
        let run = try bench.run("f")
        #expect(try bench.value("a", run)?["error"]?["message"] == "x")
        #expect(bench.open.count == 1, "the function goes on at once, and may catch it")
    }

    @Test func goesOnAtOnceWhenAStepFailedForGood() throws {
        try bench.define("f", on: "e", plan: [.fail("a"), .run("b")])
        try bench.send("e")
        try bench.settle()
        let run = try bench.run("f")
        #expect(run.status == .completed)
        #expect(bench.executed[run.id] == [StepID("a"), StepID("b")])
        #expect(try bench.value("a", run)?["error"]?["name"] == "TestError")
    }

    @Test func startsCountingAgainAfterAFunctionLevelError() throws {
        var failures = 2
        let (app, error) = (PlannedApp(steps: [.run("a"), .run("b")]), error)
        try bench.define("f", triggers: [["event": "e"]]) { call in
            if call.request.stack.count == 1, failures > 0 {
                failures -= 1
                return .failed(error, retriable: true, retryAfter: nil)
            }
            return app.answer(call.request)
        }
        try bench.send("e")
        try bench.advance(by: .hours(1))
        #expect(try bench.run("f").status == .completed)
        #expect(bench.calls.map(\.request.attempt) == [0, 0, 1, 2, 0])
    }

    @Test func failsWithoutAnAnswerLikeWithAnError() throws {
        let call = try firstCall(retries: 0)
        try bench.perform(bench.answer(call, .failed(error, retriable: true, retryAfter: nil), status: nil))
        #expect(try bench.run("f").status == .failed)
    }
}
