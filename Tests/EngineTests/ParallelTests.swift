import JSON
import Simulation
import Testing
import Wire

@testable import Engine

@Suite struct ParallelTests {
    let bench: Bench

    init() throws { bench = try Bench() }

    private let three: [Plan] = [.all([[.run("a")], [.run("b")], [.run("c")]]), .run("after")]

    private func discoveries() -> [CallRequest] { bench.calls.map(\.request).filter { $0.targetStep == nil } }

    @Test func plansAndRunsEachStepOnce() throws {
        try bench.define("f", on: "e", plan: three)
        try bench.send("e")
        try bench.settle()
        let run = try bench.run("f")
        #expect(run.status == .completed)
        #expect(Set(try bench.steps(run).prefix(3)) == ["a", "b", "c"])
        #expect(try bench.steps(run).last == "after")
        #expect(bench.executed[run.id]?.count == 4)
        #expect(try bench.kinds(run).filter { $0 == .stepPlanned }.count == 3)
        #expect(bench.calls.compactMap(\.request.targetStep) == ["a", "b", "c"].map { StepID($0) })
    }

    @Test func asksOnceWhenTheLastIsDoneSinceVersion2() throws {
        try bench.define("f", on: "e", plan: three)
        try bench.send("e")
        try bench.settle()
        #expect(discoveries().map(\.stack.count) == [0, 3, 4])
        #expect(discoveries().map(\.disableImmediateExecution) == [false, false, false])
        let targeted = bench.calls.map(\.request).filter { $0.targetStep != nil }
        #expect(targeted.allSatisfy { $0.disableImmediateExecution })
    }

    @Test func asksAfterEachOneInVersion1() throws {
        bench.requestVersion = 1
        try bench.define("f", on: "e", plan: three)
        try bench.send("e")
        let first = try bench.take()
        try bench.perform(bench.answer(first, bench.scripted(first)))
        let targeted = try (0..<3).map { _ in try bench.take() }
        for (index, call) in targeted.enumerated() {
            try bench.perform(bench.answer(call, bench.scripted(call)))
            let discovery = try bench.take()
            #expect(discovery.request.targetStep == nil)
            #expect(discovery.request.stack.count == index + 1)
            try bench.perform(bench.answer(discovery, bench.scripted(discovery)))
        }
        try bench.settle()
        #expect(try bench.run("f").status == .completed)
        #expect(bench.executed.values.first?.count == 4)
    }

    @Test func asksAgainWhatFinishedWhileItWasAsking() throws {
        bench.requestVersion = 1
        try bench.define("f", on: "e", plan: three)
        try bench.send("e")
        let first = try bench.take()
        try bench.perform(bench.answer(first, bench.scripted(first)))
        let targeted = try (0..<3).map { _ in try bench.take() }
        try bench.perform(bench.answer(targeted[0], bench.scripted(targeted[0])))
        let discovery = try bench.take()
        try bench.perform(bench.answer(targeted[1], bench.scripted(targeted[1])))
        try bench.perform(bench.answer(targeted[2], bench.scripted(targeted[2])))
        #expect(bench.open.isEmpty)
        try bench.perform(bench.answer(discovery, bench.scripted(discovery)))
        #expect(bench.open.map(\.request.stack.count) == [3])
    }

    /// A call that was made while steps were in flight plans the next step; the call after it must not run that
    /// step as well.
    @Test func doesNotRunAPlannedStepAlsoAtOnce() throws {
        bench.requestVersion = 1
        try bench.define("f", on: "e", plan: [.all([[.run("a"), .run("next")], [.run("b")]])])
        try bench.send("e")
        let first = try bench.take()
        try bench.perform(bench.answer(first, bench.scripted(first)))
        let (a, b) = (try bench.take(), try bench.take())
        try bench.perform(bench.answer(a, bench.scripted(a)))
        let discovery = try bench.take()
        try bench.perform(bench.answer(b, bench.scripted(b)))
        // It was leased while b was in flight, so it plans `next`; as b has finished, another discovery follows.
        try bench.perform(bench.answer(discovery, bench.scripted(discovery)))
        try bench.settle()
        let run = try bench.run("f")
        #expect(run.status == .completed)
        #expect(bench.executed[run.id]?.filter { $0 == StepID("next") }.count == 1)
    }

    @Test func doesNotRunAStepThatIsInFlightBesideOneThatRan() throws {
        try bench.define("f", triggers: [["event": "e"]]) { _ in .returned(.null) }
        try bench.send("e")
        let (ran, planned) = (Op(.stepRun, id: StepID("a"), data: 1), Op(.stepPlanned, id: StepID("b")))
        try bench.perform(bench.answer(try bench.take(), ran, planned))
        let discovery = try #require(bench.open.first { $0.request.targetStep == nil })
        #expect(discovery.request.disableImmediateExecution)
    }

    @Test func goesOnWithoutPlanningWhenTheGroupIsDone() throws {
        try bench.define("f", on: "e", plan: [.all([[.run("a")], [.run("b")]]), .run("c"), .run("d")])
        try bench.send("e")
        try bench.settle()
        #expect(discoveries().map(\.stack.count) == [0, 2, 3, 4])
    }

    @Test func planTheRestOfTheRunInVersion1() throws {
        bench.requestVersion = 1
        try bench.define("f", on: "e", plan: [.all([[.run("a")], [.run("b")]]), .run("c")])
        try bench.send("e")
        try bench.settle()
        #expect(discoveries().map(\.disableImmediateExecution).first == false)
        #expect(discoveries().dropFirst().allSatisfy { $0.disableImmediateExecution })
        #expect(try bench.run("f").status == .completed)
    }

    @Test func mixesStepsSleepsAndWaits() throws {
        try bench.define(
            "f", on: "e",
            plan: [
                .all([[.run("a")], [.sleep("nap", "1h")], [.wait("w", event: "go", timeout: "2h")]]), .run("after"),
            ])
        try bench.send("e")
        try bench.settle()
        try bench.send("go")
        try bench.settle()
        #expect(try bench.run("f").status == .running)
        try bench.advance(by: .hours(1))
        let run = try bench.run("f")
        #expect(try bench.steps(run) == ["a", "w", "nap", "after"])
        #expect(discoveries().count == 3)
    }

    @Test func retriesOneOfAGroupAlone() throws {
        try bench.define("f", on: "e", plan: [.all([[.run("a", failing: 2)], [.run("b")]]), .run("after")])
        try bench.send("e")
        try bench.advance(by: .hours(1))
        let run = try bench.run("f")
        #expect(run.status == .completed)
        #expect(bench.executed[run.id] == ["a", "b", "a", "a", "after"].map { StepID($0) })
        #expect(bench.calls.filter { $0.request.targetStep == StepID("a") }.map(\.request.attempt) == [0, 1, 2])
    }

    @Test func goesOnWhenOneOfAGroupFailedForGood() throws {
        try bench.define("f", on: "e", plan: [.all([[.fail("a")], [.run("b")]]), .run("after")])
        try bench.send("e")
        try bench.settle()
        let run = try bench.run("f")
        #expect(run.status == .completed)
        #expect(try bench.value("a", run)?["error"] != nil)
    }

    @Test func endsTheOthersWhenTheFunctionFails() throws {
        try bench.define(
            "f", on: "e", catching: false, plan: [.all([[.fail("a")], [.run("b"), .sleep("nap", "1d")]])])
        bench.requestVersion = 1
        try bench.send("e")
        try bench.settle()
        let run = try bench.run("f")
        #expect(run.status == .failed)
        try bench.expectNothingLeft(of: run)
    }

    @Test func ignoresWhatIsReportedTwice() throws {
        try bench.define("f", triggers: [["event": "e"]]) { _ in .returned(.null) }
        try bench.send("e")
        let ops = [
            Op(.stepPlanned, id: StepID("a")), Op(.stepPlanned, id: StepID("b")), Op(.stepPlanned, id: StepID("a")),
        ]
        try bench.perform(bench.answer(try bench.take(), .ops(ops, retryAfter: nil)))
        #expect(bench.open.count == 2)
        #expect(try bench.run("f").pending == 2)
    }

    /// The app was asked for one step and answered for another: the one is asked for again.
    @Test func doesNotForgetAStepThatTheAppDidNotReportOn() throws {
        try bench.define("f", triggers: [["event": "e"]]) { _ in .returned(.null) }
        try bench.send("e")
        try bench.perform(
            bench.answer(try bench.take(), Op(.stepPlanned, id: StepID("a")), Op(.stepPlanned, id: StepID("b"))))
        let call = try bench.take()
        try bench.perform(bench.answer(call, Op(.stepRun, id: StepID("other"), data: 1)))
        bench.now = bench.now + .minutes(1)
        #expect(bench.execute().calls.contains { $0.key == call.key && $0.request.attempt == 1 })
    }

    @Test(arguments: [Op(.discoveryRequest, id: StepID("d")), Op(.none, id: StepID("n"))])
    func doesNotForgetAStepWhenTheAppAnswersWithNothing(op: Op) throws {
        try bench.define("f", triggers: [["event": "e"]], retries: 1) { _ in .returned(.null) }
        try bench.send("e")
        try bench.perform(
            bench.answer(try bench.take(), Op(.stepPlanned, id: StepID("a")), Op(.stepPlanned, id: StepID("b"))))
        for _ in 0..<2 {
            try bench.perform(bench.answer(try bench.take(step: "a"), op))
            bench.now = bench.now + .minutes(1)
            bench.execute()
        }
        let run = try bench.run("f")
        #expect(run.status == .failed)
        #expect(run.output?["name"] == "StepNotReported")
        #expect(try bench.kinds(run).filter { $0 == .call }.count == 3, "one entry for each call")
    }
}
