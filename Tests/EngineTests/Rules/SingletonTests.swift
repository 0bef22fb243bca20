import JSON
import Simulation
import Testing
import Wire

@testable import Engine

@Suite struct SingletonTests {
    let bench: Bench

    init() throws { bench = try Bench() }

    private func rule(_ mode: String, key: String? = nil) -> [String: JSON?] {
        ["singleton": ["key": key.map(JSON.string), "mode": .string(mode)]]
    }

    @Test func skipsWhileARunIsUnderWay() throws {
        try bench.define("f", on: "e", rules: rule("skip"), plan: [.sleep("s", "1h"), .run("a")])
        try bench.send("e")
        try bench.settle()
        let second = try bench.send("e")
        try bench.settle()
        let runs = try bench.runs("f")
        #expect(runs.map(\.status) == [.running, .skipped])
        #expect(runs[1].output?["name"] == "Singleton")
        #expect(try bench.kinds(runs[1]) == [.runSkipped])
        let decision = try bench.decision(second)
        #expect(decision.gate == .singleton)
        #expect(decision.run == runs[1].id)
        #expect(decision.state["holder"] == .string(runs[0].id.description))
        #expect(try bench.events("inngest/function.finished").isEmpty, "what was skipped has not ended")
        try bench.advance(by: .hours(1))
        try bench.send("e")
        #expect(try bench.runs("f").map(\.status) == [.completed, .skipped, .running])
    }

    @Test func holdsItsLockThroughRetries() throws {
        try bench.define("f", on: "e", rules: rule("skip"), plan: [.run("a", failing: 2)])
        try bench.send("e")
        try bench.settle()
        try bench.send("e")
        #expect(try bench.runs("f").map(\.status) == [.running, .skipped])
        try bench.advance(by: .hours(1))
        #expect(try bench.runs("f").map(\.status) == [.completed, .skipped])
    }

    @Test func cancelsTheRunThatIsUnderWay() throws {
        try bench.define("f", on: "e", rules: rule("cancel"), plan: [.sleep("s", "1h")])
        for _ in 0..<3 { try bench.send("e") }
        try bench.settle()
        let runs = try bench.runs("f")
        #expect(runs.map(\.status) == [.cancelled, .cancelled, .running])
        #expect(try bench.history(runs[0]).last?.detail["reason"] == "singleton")
        try bench.advance(by: .hours(1))
        #expect(try bench.runs("f").last?.status == .completed)
        #expect(try bench.rows(of: "rule_states").isEmpty)
    }

    @Test func keepsKeysApart() throws {
        try bench.define("f", on: "e", rules: rule("skip", key: "event.data.user"), plan: [.sleep("s", "1h")])
        for user in ["a", "b", "a"] { try bench.send("e", data: ["user": .string(user)]) }
        #expect(try bench.runs("f").map(\.status.isFinal) == [false, false, true])
    }

    @Test func endsNothingForAnEventThatComesTwice() throws {
        try bench.define("f", on: "e", rules: rule("cancel"), plan: [.sleep("s", "1h")])
        try bench.send("e", id: "x")
        try bench.settle()
        let again = try bench.send("e", id: "x")
        #expect(try bench.run("f").status == .running)
        #expect(try bench.decision(again).gate == .idempotency)
    }

    @Test func skipsAfterARestart() throws {
        try bench.define("f", on: "e", rules: rule("skip"), plan: [.sleep("s", "1h")])
        try bench.send("e")
        try bench.settle()
        let restarted = try bench.restarted()
        try restarted.send("e")
        #expect(try restarted.runs("f").map(\.status) == [.running, .skipped])
    }

    @Test(arguments: ["skip", "cancel"]) func withstandsAClockThatIsSetBack(mode: String) throws {
        try bench.define("f", on: "e", rules: rule(mode), plan: [.sleep("s", "1h")])
        try bench.send("e")
        try bench.settle()
        bench.now = bench.now + .days(-2)
        try bench.send("e")
        try bench.settle()
        #expect(
            try bench.runs("f").map(\.status) == (mode == "skip" ? [.running, .skipped] : [.cancelled, .running]))
        try bench.advance(by: .days(3))
        try bench.send("e")
        #expect(try bench.runs("f").last?.status == .running, "the lock is free again")
    }

    @Test func isFreeWhenItsRunIsCancelled() throws {
        try bench.define("f", on: "e", rules: rule("skip"), plan: [.sleep("s", "1h")])
        try bench.send("e")
        try bench.settle()
        try bench.perform(CancelRun(try bench.run("f").id))
        try bench.send("e")
        #expect(try bench.runs("f").map(\.status.isFinal) == [true, false])
    }

    @Test func isNotRerunBesideItself() throws {
        try bench.define("f", on: "e", rules: rule("skip"), plan: [.sleep("s", "1h")])
        try bench.send("e")
        try bench.settle()
        let run = try bench.run("f").id
        let error = #expect(throws: Refusal.self) { try bench.perform(RerunRun(run)) }
        #expect(error?.reason == .conflict)
    }

    @Test func startsTheRunOfADebounceAlone() throws {
        let rules = rule("skip").merging(["debounce": ["period": "10s"]]) { _, new in new }
        try bench.define("f", on: "e", rules: rules, plan: [.sleep("s", "1h")])
        try bench.send("e")
        try bench.advance(by: .seconds(10))
        try bench.send("e")
        try bench.advance(by: .seconds(10))
        #expect(try bench.runs("f").map(\.status) == [.running, .skipped])
    }

    @Test(arguments: ["skip", "cancel"]) func startsTheRunOfABatchThatItTakesThePlaceOfAlone(mode: String) throws {
        let plan: [Plan] = [.sleep("s", "1h")]
        try bench.define("f", on: "e", rules: rule(mode), plan: plan)
        try bench.send("e")
        try bench.settle()
        try bench.define("f", on: "e", rules: ["batchEvents": ["maxSize": 5, "timeout": "60s"]], plan: plan)
        let events = [try bench.send("e"), try bench.send("e")]
        try bench.define("f", on: "e", rules: rule(mode), plan: plan)
        try bench.settle()
        let runs = try bench.runs("f")
        #expect(runs.map(\.status) == (mode == "skip" ? [.running, .skipped] : [.cancelled, .running]))
        #expect(runs.last?.eventIDs == events)
        for event in events where mode == "skip" {
            let batch = try #require(try bench.decision(event).batch)
            guard case .stopped(let run, let decision) = try bench.outcome(event).collections[batch] else {
                Issue.record("the singleton has stopped it")
                continue
            }
            #expect(run.id == runs[1].id)
            #expect(decision.gate == .singleton)
        }
    }

    @Test func isOneRunAlsoWhereItsEndStartsIt() throws {
        try bench.define(
            "f", on: "e", "inngest/function.cancelled", rules: rule("cancel"), plan: [.sleep("s", "1h")])
        for _ in 0..<3 { try bench.send("e") }
        try bench.settle()
        #expect(try bench.runs("f").count { !$0.hasEnded } == 1)
    }
}
