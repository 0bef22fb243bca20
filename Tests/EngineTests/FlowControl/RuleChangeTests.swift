import JSON
import Testing
import Wire

@testable import Engine

/// An app registers again with other rules, while calls are open and others wait.
@Suite struct RuleChangeTests {
    let bench: Bench

    init() throws { bench = try Bench() }

    private func queue(_ count: Int, rules: [String: JSON?]) throws {
        try bench.define("f", on: "e", rules: rules, plan: [])
        for number in 0..<count { try bench.send("e", data: ["u": .int(number % 3)]) }
    }

    @Test func aHigherLimitLetsMoreGoAtOnce() throws {
        try queue(10, rules: ["concurrency": 2])
        try bench.change("f", rules: ["concurrency": 5])
        bench.execute()
        #expect(bench.open.count == 5)
        try GateCheck(bench).check()
        try bench.settle()
        #expect(bench.calls.map(\.request.runID) == (try bench.runs("f").map(\.id)))
        try GateCheck(bench).expectNothingHeld()
    }

    @Test func aLowerLimitLetsNothingGoUntilThereIsRoomAgain() throws {
        try queue(10, rules: ["concurrency": 4])
        try bench.change("f", rules: ["concurrency": 2])
        bench.execute()
        #expect(bench.open.count == 4)
        for left in [3, 2, 2] {
            bench.execute(bench.answer(bench.take(at: 0), .returned(1)))
            #expect(bench.open.count == left)
        }
        try GateCheck(bench).check()
        try bench.settle()
        #expect(try bench.runs("f").allSatisfy { $0.status == .completed })
        try GateCheck(bench).expectNothingHeld()
    }

    @Test func aLowerLimitHoldsForWhatIsReady() throws {
        bench.room = 1
        try queue(10, rules: ["concurrency": 5])
        bench.room = 10
        // Four are ready; they were admitted under the old limit, and there was no room for them.
        try bench.change("f", rules: ["concurrency": 2])
        bench.execute()
        #expect(bench.open.count == 2)
        try GateCheck(bench).check()
    }

    @Test func withoutTheRuleAllGo() throws {
        try queue(10, rules: ["concurrency": 1])
        try bench.change("f", rules: [:])
        bench.execute()
        #expect(bench.open.count == 10)
        try bench.settle()
        try GateCheck(bench).expectNothingHeld()
    }

    @Test func aNewRuleCountsWhatIsOpenAndHoldsForWhatWaits() throws {
        bench.room = 2
        try queue(6, rules: [:])
        try bench.change("f", rules: ["concurrency": ["key": "event.data.u", "limit": 1]])
        bench.room = 10
        bench.execute()
        // Open are those of 0 and 1; of what was ready without a rule, only 2 may go.
        #expect(bench.open.compactMap { $0.request.events[0]["data"]?["u"]?.int } == [0, 1, 2])
        try GateCheck(bench).check()
        try bench.settle()
        #expect(try bench.runs("f").allSatisfy { $0.status == .completed })
        try GateCheck(bench).expectNothingHeld()
    }

    @Test func anotherKeySortsWhatWaitsAnew() throws {
        try queue(9, rules: ["concurrency": ["key": "\"all\"", "limit": 1]])
        try bench.change("f", rules: ["concurrency": ["key": "event.data.u", "limit": 1]])
        bench.execute()
        #expect(bench.open.compactMap { $0.request.events[0]["data"]?["u"]?.int } == [0, 1, 2])
        try GateCheck(bench).check()
        try bench.settle()
        try GateCheck(bench).expectNothingHeld()
    }

    @Test func anotherPaceHoldsAtOnce() throws {
        try queue(3, rules: ["throttle": ["limit": 1, "period": "1d"]])
        let begin = bench.now
        try bench.settle()
        try bench.change("f", rules: ["throttle": ["limit": 1, "period": "10s"]])
        try bench.advance(by: .minutes(1))
        let starts = try bench.runs("f").compactMap(\.startedAt).map { ($0 - begin).milliseconds }
        #expect(starts == [0, 10_000, 20_000])
    }

    @Test func aFunctionThatIsGoneLetsGoOfWhatWaits() throws {
        try queue(5, rules: ["concurrency": 1])
        try bench.perform(SyncApp(Bench.registration([Bench.function("other", triggers: [])])))
        try bench.settle()
        #expect(try bench.runs().allSatisfy { $0.hasEnded })
        try GateCheck(bench).expectNothingHeld()
    }

    @Test func aPausedFunctionHoldsNothingUpForOthers() throws {
        let rule: [String: JSON?] = ["concurrency": ["key": "\"all\"", "limit": 1, "scope": "account"]]
        try bench.define("f", on: "e", rules: rule, plan: [])
        try bench.define("g", on: "g", rules: rule, plan: [])
        bench.room = 0
        for _ in 0..<3 { try bench.send("e") }
        try bench.send("g")
        try bench.perform(PauseFunction("app-f"))
        bench.room = 10
        try bench.settle()
        #expect(try bench.run("g").status == .completed)
        #expect(try bench.runs("f").allSatisfy { $0.status == .scheduled })
        #expect(bench.engine.nextDue(hasRoom: true).map { $0 > bench.now } ?? true, "what is paused is not looked at")
        try GateCheck(bench).check()
        try bench.perform(ResumeFunction("app-f"))
        try bench.settle()
        #expect(try bench.runs("f").allSatisfy { $0.status == .completed })
        #expect(bench.calls.suffix(3).map(\.request.runID) == (try bench.runs("f").map(\.id)))
        try GateCheck(bench).expectNothingHeld()
    }

    @Test func aRestartHandsNothingOutBeyondTheNewLimit() throws {
        try queue(2, rules: ["concurrency": 2])
        try bench.change("f", rules: ["concurrency": 1])
        #expect(bench.open.count == 2, "they were open before")
        let next = try bench.restarted()
        // Both are tested again; who gets the slot that the other one gave back goes in the next transaction, at once.
        #expect(next.engine.nextDue(hasRoom: true).map { $0 <= next.now } == true)
        next.execute()
        #expect(next.open.count == 1)
        try GateCheck(next).check()
        try next.settle()
        #expect(try next.runs("f").allSatisfy { $0.status == .completed })
        try GateCheck(next).expectNothingHeld()
    }

    @Test func aRestartHandsOutNothingOfAPausedFunction() throws {
        try queue(1, rules: ["concurrency": 2])
        try bench.perform(PauseFunction("app-f"))
        let next = try bench.restarted()
        #expect(next.open.isEmpty)
        try next.perform(ResumeFunction("app-f"))
        try next.settle()
        #expect(try next.runs("f").allSatisfy { $0.status == .completed })
        try GateCheck(next).expectNothingHeld()
    }

    @Test func isDoneInSlices() throws {
        try bench.define("f", on: "e", rules: ["concurrency": 1], plan: [])
        let count = Limits.admissionsPerTransaction * 2 + 10
        bench.execute(IngestEvents(Array(repeating: ["name": "e"], count: count)))
        bench.room = 10 * count
        try bench.change("f", rules: [:])
        bench.execute()
        #expect(bench.open.count < count)
        #expect(bench.engine.nextDue(hasRoom: true) == bench.now)
        try GateCheck(bench).check()
        // A process that takes over goes on where this one stopped.
        let next = try Bench(seed: 2, store: bench.sqlite)
        next.room = 10 * count
        next.execute(Reconcile())
        for _ in 0..<5 { next.execute() }
        #expect(next.open.count == count)
        try GateCheck(next).expectNothingHeld()
    }

    // MARK: Calls that are still open

    @Test func anOpenCallOfACancelledRunCountsUnderALaterRule() throws {
        try queue(1, rules: [:])
        let call = try bench.take()
        try bench.perform(CancelRun(call.request.runID))
        try bench.change("f", rules: ["concurrency": 1])
        try bench.send("e")
        bench.execute()
        #expect(bench.open.isEmpty, "the app is still at work on the cancelled run")
        bench.execute(bench.answer(call, .returned(1)))
        #expect(bench.open.count == 1)
        try bench.settle()
        try GateCheck(bench).expectNothingHeld()
    }

    @Test func anOpenCallOfARunThatWentOnWithoutItCountsUnderALaterRule() throws {
        try bench.define("f", on: "e", plan: [.race([[.run("a")], [.run("b")]])])
        try bench.send("e")
        bench.execute(bench.answer(try bench.take(), bench.scripted(bench.calls[0])))
        let loser = try bench.take(step: "b")
        let winner = try bench.take(step: "a")
        bench.execute(bench.answer(winner, bench.scripted(winner)))
        let last = try bench.take()
        bench.execute(bench.answer(last, .returned(1)))
        #expect(try bench.run("f").status == .completed)
        try bench.change("f", rules: ["concurrency": 1])
        try bench.send("e")
        bench.execute()
        #expect(bench.open.isEmpty, "the app is still at work on the step that lost")
        bench.execute(bench.answer(loser, bench.scripted(loser)))
        #expect(bench.open.count == 1)
        try bench.settle()
        try GateCheck(bench).expectNothingHeld()
    }

    @Test func aRequestForAStepDoesNotCountUnderALaterRule() throws {
        try bench.define("f", on: "e", plan: [.fetch("page")])
        try bench.send("e")
        let request = Op(.gateway, id: StepID("page"), options: ["url": "http://page/"])
        bench.execute(bench.answer(try bench.take(), request))
        let fetch = try bench.takeFetch()
        try bench.change("f", rules: ["concurrency": 1])
        try bench.send("e")
        bench.execute()
        #expect(bench.open.count == 1, "the orchestrator makes the request; nobody holds the app's only place")
        bench.execute(FinishFetch(fetch.key, lease: fetch.lease, outcome: .data(1)))
        try bench.settle()
        try GateCheck(bench).expectNothingHeld()
    }

    @Test func aFunctionThatComesBackHoldsWhatItsRulesAskFor() throws {
        let rules: [String: JSON?] = ["concurrency": 1]
        try queue(2, rules: rules)
        _ = try bench.take()
        let app = try #require(bench.engine.catalog.apps.values.first)
        try bench.perform(RemoveApp(app.id))
        // The process ends with a call open that holds nothing any more.
        let next = try bench.restarted(room: 0)
        let function = Bench.function("f", triggers: [["event": "e"]]).merging(rules)
        try next.perform(SyncApp(Bench.registration([function])))
        next.room = 10
        next.execute()
        #expect(next.open.count <= 1)
        try GateCheck(next).check()
    }

    @Test func whoComesToShareALimitBringsItsOpenCallsAlong() throws {
        let shared: JSON = ["key": "\"all\"", "limit": 2, "scope": "account"]
        try bench.define("f", on: "e", rules: ["concurrency": shared], plan: [])
        try bench.define("g", on: "g", plan: [])
        for _ in 0..<2 { try bench.send("g") }
        bench.room = 2
        // It is ready, and there is no room for it.
        try bench.send("e")
        try bench.change("g", rules: ["concurrency": shared])
        bench.room = 10
        bench.execute()
        #expect(bench.open.count == 2, "the two of g use the limit up")
        try bench.settle()
        #expect(try bench.run("f").status == .completed)
        try GateCheck(bench).expectNothingHeld()
    }
}
