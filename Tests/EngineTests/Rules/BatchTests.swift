import JSON
import Testing
import Wire

@testable import Engine

@Suite struct BatchTests {
    let bench: Bench

    init() throws { bench = try Bench() }

    private func rule(
        _ size: Int, _ timeout: String = "10s", key: String? = nil, if condition: String? = nil
    ) -> [String: JSON?] {
        [
            "batchEvents": [
                "if": condition.map(JSON.string), "key": key.map(JSON.string), "maxSize": .int(size),
                "timeout": .string(timeout),
            ]
        ]
    }

    @Test func startsWhenItIsFull() throws {
        try bench.define("f", rules: rule(3))
        for number in 1...4 { try bench.send("e", data: ["n": .int(number)]) }
        let run = try bench.run("f")
        #expect(try bench.numbers(run) == [1, 2, 3])
        try bench.settle()
        let call = try #require(bench.calls.first)
        #expect(call.request.events.map { $0["data"]?["n"]?.int } == [1, 2, 3])
    }

    @Test func startsAtItsTimeout() throws {
        try bench.define("f", rules: rule(10))
        let start = bench.now
        try bench.send("e", data: ["n": 1])
        try bench.advance(by: .seconds(6))
        try bench.send("e", data: ["n": 2])
        try bench.advance(by: .seconds(6))
        let run = try bench.run("f")
        #expect(run.createdAt == start + .seconds(10), "counted from the first event")
        #expect(try bench.numbers(run) == [1, 2])
        #expect(try bench.rows(of: "rule_states").isEmpty)
    }

    @Test func batchesEachKeyForItself() throws {
        try bench.define("f", rules: rule(2, key: "event.data.user"))
        for user in ["a", "b", "a", "b", "c"] { try bench.send("e", data: ["user": .string(user)]) }
        #expect(try bench.runs("f").count == 2)
        #expect(try bench.runs("f").allSatisfy { $0.eventIDs.count == 2 })
    }

    @Test func startsAtOnceForAnEventThatIsNotToBeBatched() throws {
        try bench.define("f", rules: rule(10, if: "event.data.big != true"))
        try bench.send("e", data: ["n": 1])
        try bench.send("e", data: ["big": true, "n": 2])
        #expect(try bench.number(try bench.run("f")) == 2)
        try bench.advance(by: .seconds(10))
        #expect(try bench.runs("f").count == 2)
    }

    @Test func startsAtOnceWhereTheConditionFails() throws {
        try bench.define("f", rules: rule(10, if: "event.data.list[3] == 1"))
        try bench.send("e", data: ["list": []])
        #expect(try bench.runs("f").count == 1)
    }

    @Test func holdsNoMoreThanTenMebibytes() throws {
        try bench.define("f", rules: rule(100))
        let text = JSON.string(String(repeating: "x", count: 3_000_000))
        for number in 1...5 { try bench.send("e", data: ["n": .int(number), "text": text]) }
        #expect(try bench.numbers(try bench.run("f")) == [1, 2, 3])
        try bench.advance(by: .seconds(10))
        #expect(try bench.runs("f").map(\.eventIDs.count) == [3, 2])
    }

    @Test func dropsAnIDThatItHasSeenWithinHalfAnHour() throws {
        try bench.define("f", rules: rule(2))
        try bench.send("e", data: ["n": 1], id: "a")
        let duplicate = try bench.send("e", data: ["n": 2], id: "a")
        #expect(try bench.runs("f").isEmpty)
        #expect(try bench.decision(duplicate).state["duplicate_of"] == "a")
        try bench.advance(by: .minutes(30))
        try bench.send("e", data: ["n": 3], id: "a")
        try bench.send("e", data: ["n": 4], id: "b")
        #expect(try bench.runs("f").count == 2)
    }

    @Test func startsAtOnceForAnEventWhoseTimeLiesAhead() throws {
        try bench.define("f", rules: rule(2))
        for _ in 0..<2 { try bench.send("e", at: bench.now + .days(1)) }
        try bench.settle()
        #expect(try bench.run("f").status == .completed)
    }

    @Test func isListedUnderEachOfItsEvents() throws {
        try bench.define("f", rules: rule(3))
        let events = try (1...3).map { try bench.send("e", data: ["n": .int($0)]) }
        let run = try bench.run("f")
        #expect(run.batchID != nil)
        for event in events {
            let outcome = try bench.outcome(event)
            #expect(outcome.runs.map(\.id) == [run.id])
            guard case .started(let started) = outcome.collections.values.first else {
                Issue.record("its batch has started a run")
                continue
            }
            #expect(started.id == run.id)
        }
    }

    @Test func saysWhatAnEventWaitsFor() throws {
        try bench.define("f", rules: rule(3, key: "event.data.user"))
        let event = try bench.send("e", data: ["user": "ada"])
        let decision = try bench.decision(event)
        #expect(
            decision.text == "waits in a batch for the key \"ada\" of 1 of 3 events until \(bench.now + .seconds(10))")
    }

    @Test func startsWhatItHoldsAfterARestart() throws {
        try bench.define("f", rules: rule(10))
        try bench.send("e", data: ["n": 1])
        let restarted = try bench.restarted()
        try restarted.advance(by: .seconds(4))
        try restarted.send("e", data: ["n": 2])
        try restarted.advance(by: .seconds(6))
        #expect(try restarted.numbers(try restarted.run("f")) == [1, 2])
    }

    @Test func withstandsAClockThatIsSetBack() throws {
        try bench.define("f", rules: rule(10))
        try bench.send("e", data: ["n": 1])
        bench.now = bench.now + .days(-2)
        let start = bench.now
        try bench.send("e", data: ["n": 2])
        try bench.advance(by: .seconds(10))
        let run = try bench.run("f")
        #expect(run.createdAt == start + .seconds(10))
        #expect(try bench.numbers(run) == [1, 2])
    }

    @Test func followsASmallerSize() throws {
        try bench.define("f", rules: rule(10, "60s"))
        for number in 1...5 { try bench.send("e", data: ["n": .int(number)]) }
        try bench.define("f", rules: rule(2, "60s"))
        try bench.settle()
        let runs = try bench.runs("f")
        #expect(try runs.map { try bench.numbers($0) } == [[1, 2], [3, 4], [5]])
    }

    @Test func startsWhatItHoldsWhenTheRuleGoes() throws {
        try bench.define("f", rules: rule(10, "60s"))
        for number in 1...3 { try bench.send("e", data: ["n": .int(number)]) }
        try bench.define("f", rules: [:])
        try bench.settle()
        #expect(try bench.numbers(try bench.run("f")) == [1, 2, 3])
    }

    @Test func failsWhatItHoldsForAFunctionThatIsGoneAndSaysSo() throws {
        try bench.define("f", rules: rule(10))
        try bench.send("e")
        try bench.perform(SyncApp(Bench.registration([])))
        try bench.advance(by: .seconds(10))
        let run = try bench.run("f")
        #expect(run.status == .failed)
        #expect(run.output?["name"] == "FunctionNotRegistered")
    }

    @Test func givesItsResultToEveryStepThatInvokesIt() throws {
        try bench.define("child", triggers: [], rules: rule(2)) { _ in .returned("batch's") }
        try bench.define("parent", on: "go", plan: [.invoke("a", "app-child")])
        try bench.send("go")
        try bench.send("go")
        try bench.settle()
        let child = try bench.run("child")
        #expect(child.eventIDs.count == 2)
        let finished = try bench.events("inngest/function.finished")
            .filter { $0.data["run_id"]?.string == child.id.description }
        #expect(
            finished.compactMap { $0.data["correlation_id"]?.string }.sorted()
                == (try bench.runs("parent").map {
                    "\($0.id).\(StepID("a"))"
                }).sorted(), "one for each that asked")
        #expect(Set(finished.map { $0.data["event"]?["id"] }).count == 2)
        for parent in try bench.runs("parent") {
            #expect(parent.status == .completed)
            #expect(try bench.value("a", parent) == ["data": "batch's"])
        }
    }

    @Test func givesItsResultToTheOnlyStepThatInvokesIt() throws {
        try bench.define("child", triggers: [], rules: rule(2)) { _ in .returned("batch's") }
        try bench.define("parent", on: "go", plan: [.invoke("a", "app-child")])
        try bench.send("go")
        try bench.advance(by: .seconds(10))
        let (child, parent) = (try bench.run("child"), try bench.run("parent"))
        #expect(child.eventIDs.count == 1)
        let finished = try bench.events("inngest/function.finished")
            .filter { $0.data["run_id"]?.string == child.id.description }
        #expect(finished.map { $0.data["correlation_id"]?.string } == ["\(parent.id).\(StepID("a"))"])
        #expect(parent.status == .completed)
        #expect(try bench.value("a", parent) == ["data": "batch's"])
    }

    @Test func givesItsResultToTheStepsOfAFullBatchAndOfTheRest() throws {
        try bench.define("child", triggers: [], rules: rule(2)) { _ in .returned("batch's") }
        try bench.define("parent", on: "go", plan: [.invoke("a", "app-child")])
        for _ in 1...3 { try bench.send("go") }
        try bench.advance(by: .seconds(10))
        #expect(try bench.runs("child").map(\.eventIDs.count) == [2, 1])
        for parent in try bench.runs("parent") {
            #expect(parent.status == .completed)
            #expect(try bench.value("a", parent) == ["data": "batch's"])
        }
    }

    @Test func tellsTheStepThatInvokesItOnlyOnce() throws {
        try bench.define("child", triggers: [], rules: rule(2)) { _ in .returned("batch's") }
        try bench.define("parent", on: "go", plan: [.invoke("a", "app-child")])
        try bench.send("go")
        try bench.advance(by: .seconds(10))
        try bench.perform(RerunRun(try bench.run("child").id))
        try bench.settle()
        let asked = try bench.events("inngest/function.finished").filter { $0.data["correlation_id"] != nil }
        #expect(asked.count == 1, "the step did not ask for the rerun")
    }

    @Test func tellsAllItsEventsWhenItEnds() throws {
        try bench.define("f", rules: rule(2))
        for number in 1...2 { try bench.send("e", data: ["n": .int(number)]) }
        try bench.settle()
        let finished = try #require(try bench.events("inngest/function.finished").first)
        #expect(finished.data["event"]?["data"]?["n"] == 1)
        #expect(finished.data["events"]?.elements.map { $0["data"]?["n"]?.int } == [1, 2])
    }

    @Test func isRerunWithAllItsEvents() throws {
        try bench.define("f", rules: rule(2))
        for _ in 1...2 { try bench.send("e") }
        try bench.settle()
        let run = try bench.run("f")
        let again = try bench.perform(RerunRun(run.id))
        #expect(try bench.queries.run(again)?.eventIDs == run.eventIDs)
    }

    @Test(arguments: ["cancel", "debounce", "singleton", "priority"])
    func refusesWhatDoesNotGoWithIt(field: String) throws {
        let others: [String: JSON] = [
            "cancel": [["event": "x"]], "debounce": ["period": "1s"], "singleton": ["mode": "skip"],
            "priority": ["run": "1"],
        ]
        #expect(throws: Refusal.self) {
            try bench.define("f", rules: rule(2).merging([field: others[field]]) { _, new in new })
        }
    }
}
