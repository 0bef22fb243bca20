import JSON
import Testing
import Wire

@testable import Engine

@Suite struct PauseTests {
    let bench: Bench

    init() throws {
        bench = try Bench()
        try bench.define("f", on: "e", plan: [.run("a"), .sleep("s", "1h"), .run("b")])
    }

    @Test func skipsNewEvents() throws {
        try bench.perform(PauseFunction("app-f"))
        let event = try bench.send("e", id: "x")
        try bench.settle()
        let run = try bench.run("f")
        #expect(run.status == .skipped)
        #expect(run.output?["name"] == "FunctionPaused")
        #expect(try bench.decision(event).gate == .paused)
        #expect(try bench.decision(event).run == run.id)
        try bench.perform(ResumeFunction("app-f"))
        try bench.send("e", id: "x")
        #expect(try bench.runs("f").count == 2, "a skipped event has not used its id up")
    }

    @Test func freezesItsRunsAndLetsThemGoOn() throws {
        try bench.send("e")
        try bench.settle()
        try bench.perform(PauseFunction("app-f"))
        try bench.advance(by: .hours(5))
        let frozen = try bench.run("f")
        #expect(frozen.status == .running)
        #expect(try bench.steps(frozen) == ["a", "s"], "time goes on, code does not")
        #expect(bench.calls(for: frozen).count == 2)
        try bench.perform(ResumeFunction("app-f"))
        try bench.settle()
        #expect(try bench.run("f").status == .completed)
        #expect(bench.executed[frozen.id] == [StepID("a"), StepID("b")])
    }

    @Test func letsTheStepFinishThatIsAtWork() throws {
        try bench.send("e")
        let call = try bench.take("f")
        try bench.perform(PauseFunction("app-f"))
        try bench.perform(bench.answer(call, bench.scripted(call)))
        try bench.settle()
        #expect(try bench.steps(try bench.run("f")) == ["a"])
        #expect(try bench.run("f").status == .running)
    }

    @Test func looksAtAParkedCallOnce() throws {
        bench.execute(IngestEvents((0..<50).map { _ in ["name": "e"] }))
        while !bench.open.isEmpty {
            let call = try bench.take("f")
            bench.execute(bench.answer(call, bench.scripted(call)))
        }
        try bench.perform(PauseFunction("app-f"))
        try bench.advance(by: .hours(2))
        let due = try #require(bench.engine.nextDue(hasRoom: true))
        #expect(due > bench.now + .days(6), "nothing is looked at until the pause ends")
    }

    @Test func cancelsItsRunsAfterAWhile() throws {
        for _ in 0..<130 { try bench.send("e") }
        try bench.settle()
        try bench.perform(PauseFunction("app-f", cancelAfter: .days(2)))
        try bench.advance(by: .days(2) - .milliseconds(1))
        #expect(try bench.runs("f").allSatisfy { !$0.hasEnded })
        try bench.advance(by: .milliseconds(1))
        #expect(try bench.runs("f").allSatisfy { $0.status == .cancelled })
        #expect(try bench.history(try bench.runs("f")[0]).last?.detail["reason"] == "paused")
    }

    @Test func cancelsItsRunsAtOnceIfAsked() throws {
        try bench.send("e")
        try bench.settle()
        try bench.perform(PauseFunction("app-f", cancelAfter: .zero))
        try bench.settle()
        #expect(try bench.run("f").status == .cancelled)
    }

    @Test func cancelsNothingOnceItGoesOn() throws {
        try bench.send("e")
        try bench.settle()
        try bench.perform(PauseFunction("app-f", cancelAfter: .minutes(10)))
        try bench.advance(by: .minutes(5))
        try bench.perform(ResumeFunction("app-f"))
        try bench.advance(by: .days(1))
        #expect(try bench.run("f").status == .completed)
    }

    @Test func staysPausedOverARestartAndARegistration() throws {
        try bench.perform(PauseFunction("app-f"))
        try bench.define("f", on: "e", "other", plan: [.run("a")])
        let restarted = try bench.restarted()
        try restarted.send("other")
        #expect(try restarted.run("f").status == .skipped)
        try restarted.perform(ResumeFunction("app-f"))
        try restarted.send("other")
        #expect(try restarted.runs("f").last?.status == .scheduled || restarted.runs("f").last?.status == .running)
    }

    @Test func goesOnWithMoreThanOneSlice() throws {
        bench.room = 2000
        bench.execute(IngestEvents((0..<500).map { _ in ["name": "e"] }))
        while !bench.open.isEmpty {
            let call = bench.take(at: 0)
            bench.execute(bench.answer(call, bench.scripted(call)))
        }
        try bench.perform(PauseFunction("app-f"))
        try bench.advance(by: .hours(2))
        try bench.perform(ResumeFunction("app-f"))
        let restarted = bench
        try restarted.settle()
        #expect(try restarted.runs("f").allSatisfy { $0.status == .completed })
        #expect(try restarted.runs("f").count == 500)
    }

    @Test func recordsItsTicksAsSkipped() throws {
        try bench.define("c", triggers: [["cron": "0 * * * *"]]) { _ in .returned(.null) }
        try bench.perform(PauseFunction("app-c"))
        try bench.advance(by: .hours(2))
        #expect(try bench.runs("c").map(\.status) == [.skipped, .skipped])
    }

    @Test func tellsTheStepThatInvokesIt() throws {
        try bench.define("parent", on: "go", plan: [.invoke("i", "app-f")])
        try bench.perform(PauseFunction("app-f"))
        try bench.send("go")
        try bench.settle()
        let error = try #require(try bench.value("i", try bench.run("parent"))?["error"]?["message"]?.string)
        #expect(error.contains("paused"))
    }

    @Test func refusesWhatMakesNoSense() throws {
        #expect(throws: Refusal.self) { try bench.perform(PauseFunction("app-none")) }
        #expect(throws: Refusal.self) { try bench.perform(ResumeFunction("app-f")) }
        #expect(throws: Refusal.self) { try bench.perform(PauseFunction("app-f", cancelAfter: .days(400))) }
    }

    @Test func replaysWhatWasSkipped() throws {
        try bench.perform(PauseFunction("app-f"))
        for number in 1...3 { try bench.send("e", data: ["n": .int(number)]) }
        try bench.perform(ResumeFunction("app-f"))
        try bench.perform(StartBulkJob(.replay, functions: ["app-f"], statuses: [.skipped]))
        try bench.advance(by: .hours(2))
        let replayed = try bench.runs("f").filter { $0.rerunOf != nil }
        #expect(replayed.map(\.status) == [.completed, .completed, .completed])
        #expect(try replayed.map { try bench.number($0) } == [1, 2, 3])
    }
}
