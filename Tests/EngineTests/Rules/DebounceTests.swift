import JSON
import Testing
import Wire

@testable import Engine

@Suite struct DebounceTests {
    let bench: Bench

    init() throws { bench = try Bench() }

    private func rule(_ period: String, timeout: String? = nil, key: String? = nil) -> [String: JSON?] {
        [
            "debounce": [
                "key": key.map(JSON.string), "period": .string(period), "timeout": timeout.map(JSON.string),
            ]
        ]
    }

    @Test func startsOnceWithTheLastEventWhenNoneFollows() throws {
        try bench.define("f", rules: rule("10s"))
        for number in 1...3 {
            try bench.send("e", data: ["n": .int(number)])
            try bench.advance(by: .seconds(9))
        }
        #expect(try bench.runs("f").isEmpty)
        try bench.advance(by: .seconds(1) - .milliseconds(1))
        #expect(try bench.runs("f").isEmpty)
        try bench.advance(by: .milliseconds(1))
        let run = try bench.run("f")
        #expect(try bench.number(run) == 3)
        #expect(run.status == .completed)
        #expect(try bench.rows(of: "rule_states").isEmpty)
    }

    @Test func waitsNoLongerThanItsTimeout() throws {
        try bench.define("f", rules: rule("10s", timeout: "25s"))
        let start = bench.now
        for number in 1...5 {
            try bench.send("e", data: ["n": .int(number)])
            try bench.advance(by: .seconds(5))
        }
        #expect(try bench.run("f").createdAt == start + .seconds(25))
        #expect(try bench.number(try bench.run("f")) == 5)
    }

    @Test func takesTheLatestEventByItsTime() throws {
        try bench.define("f", rules: rule("10s"))
        let old = Timestamp(milliseconds: bench.now.milliseconds - 5000)
        try bench.send("e", data: ["n": 1])
        let late = try bench.send("e", data: ["n": 2], at: old)
        try bench.advance(by: .seconds(10))
        #expect(try bench.number(try bench.run("f")) == 1)
        #expect(try bench.decision(late).text.contains("later event"))
    }

    @Test func debouncesEachKeyForItself() throws {
        try bench.define("f", rules: rule("10s", key: "event.data.doc"))
        for doc in ["a", "b", "a"] { try bench.send("e", data: ["doc": .string(doc)]) }
        try bench.advance(by: .seconds(10))
        #expect(try bench.runs("f").count == 2)
    }

    @Test func saysWhatAnEventWaitsForAndWhatBecameOfIt() throws {
        try bench.define("f", rules: rule("10s"))
        let first = try bench.send("e")
        let until = bench.now + .seconds(10)
        #expect(try bench.decision(first).gate == .debounce)
        #expect(try bench.decision(first).state["until"] == .string(until.description))
        try bench.advance(by: .seconds(5))
        let second = try bench.send("e")
        let batch = try #require(try bench.decision(second).batch)
        guard case .open(let open) = try bench.outcome(first).collections[batch] else {
            Issue.record("it is being collected")
            return
        }
        #expect(open == until + .seconds(5), "the later event has moved the time")
        #expect(try bench.outcome(first).laterEvents == [batch: second])
        #expect(try bench.outcome(second).laterEvents.isEmpty)
        try bench.advance(by: .seconds(10))
        for event in [first, second] {
            guard case .started(let run) = try bench.outcome(event).collections[batch] else {
                Issue.record("a run was started")
                return
            }
            #expect(run.id == (try bench.run("f").id))
        }
        #expect(try bench.outcome(first).laterEvents == [batch: second])
        #expect(try bench.outcome(second).laterEvents.isEmpty)
    }

    @Test func namesTheLaterEventToOneThatCameTooLate() throws {
        try bench.define("f", rules: rule("10s"))
        try bench.send("e")
        let late = try bench.send("e", at: Timestamp(milliseconds: bench.now.milliseconds - 5000))
        let last = try bench.send("e")
        let batch = try #require(try bench.decision(late).batch)
        #expect(try bench.outcome(late).laterEvents == [batch: last])
        try bench.advance(by: .seconds(10))
        #expect(try bench.outcome(late).laterEvents == [batch: last])
    }

    @Test func mistakesNoOtherDebounceOfTheKeyForItsOwn() throws {
        try bench.define("f", rules: rule("10s"))
        let first = try bench.send("e")
        try bench.advance(by: .seconds(10))
        let second = try bench.send("e")
        let batch = try #require(try bench.decision(first).batch)
        guard case .started(let run) = try bench.outcome(first).collections[batch] else {
            Issue.record("a run was started")
            return
        }
        #expect(run.eventIDs == [first])
        #expect(try bench.outcome(first).laterEvents.isEmpty)
        #expect(try bench.outcome(second).laterEvents.isEmpty)
    }

    @Test func ignoresTheIDsOfEvents() throws {
        try bench.define("f", rules: rule("10s"))
        for _ in 0..<2 {
            try bench.send("e", id: "same")
            try bench.advance(by: .seconds(10))
        }
        #expect(try bench.runs("f").count == 2)
    }

    @Test func startsWhatItHoldsAfterARestart() throws {
        try bench.define("f", rules: rule("10s"))
        try bench.send("e", data: ["n": 7])
        let restarted = try bench.restarted()
        try restarted.advance(by: .seconds(10))
        #expect(try restarted.number(try restarted.run("f")) == 7)
    }

    @Test(
        arguments: [
            (["debounce": ["period": "2s"]], 2), ([:], 0), (["debounce": ["period": "1h"]], 3600),
            (["debounce": ["period": "1h", "timeout": "30s"]], 30),
        ] as [([String: JSON?], Int)])
    func appliesNewRulesToWhatItHolds(rules: [String: JSON?], seconds: Int) throws {
        try bench.define("f", rules: rule("60s"))
        let start = bench.now
        try bench.send("e", data: ["n": 1])
        try bench.define("f", rules: rules)
        try bench.advance(by: .hours(2))
        #expect(try bench.run("f").createdAt == start + .seconds(seconds))
    }

    @Test func appliesNewRulesToMoreThanOneSlice() throws {
        try bench.define("f", rules: rule("1h", key: "event.data.n"))
        bench.execute(IngestEvents((0..<450).map { ["data": ["n": .int($0)], "name": "e"] }))
        try bench.define("f", rules: [:])
        try bench.advance(by: .seconds(1))
        #expect(try bench.runs("f").count == 450)
    }

    @Test func withstandsAClockThatIsSetBack() throws {
        try bench.define("f", rules: rule("10s", timeout: "15s"))
        try bench.send("e", data: ["n": 1])
        bench.now = bench.now + .days(-2)
        let start = bench.now
        try bench.send("e", data: ["n": 2])
        try bench.advance(by: .seconds(8))
        try bench.send("e", data: ["n": 3])
        try bench.advance(by: .seconds(20))
        let run = try bench.run("f")
        #expect(try bench.number(run) == 3, "what comes later is later, whatever the clock said before")
        #expect(run.createdAt == start + .seconds(15))
    }

    /// Of two orchestrators, one looks at the clock a little earlier than the other one has.
    @Test func isNotCutShortWhereAClockIsBehind() throws {
        try bench.define("f", rules: rule("10s"))
        let start = bench.now
        try bench.send("e", data: ["n": 1])
        bench.now = start + .milliseconds(-29)
        try bench.send("e", data: ["n": 2], at: start)
        try bench.advance(by: .seconds(20))
        #expect(try bench.run("f").createdAt == start + .seconds(10))
        #expect(try bench.number(bench.run("f")) == 2)
    }

    @Test func startsWhatItHeldBeforeTheClockWasSetBack() throws {
        try bench.define("f", rules: rule("10s"))
        let due = bench.now + .seconds(10)
        try bench.send("e", data: ["n": 1])
        bench.now = bench.now + .days(-2)
        try bench.advance(by: .days(2) + .seconds(10))
        #expect(try bench.run("f").createdAt == due)
    }

    @Test func givesItsRunToTheStepThatInvokesIt() throws {
        try bench.define("child", triggers: [], rules: rule("10s")) { _ in .returned("child's") }
        try bench.define("parent", on: "go", plan: [.invoke("a", "app-child")])
        try bench.send("go")
        try bench.settle()
        #expect(try bench.run("parent").status == .running)
        try bench.advance(by: .seconds(10))
        #expect(try bench.run("parent").status == .completed)
        #expect(try bench.value("a", try bench.run("parent")) == ["data": "child's"])
    }

    @Test func tellsTheStepWhoseInvocationIsOverridden() throws {
        try bench.define("child", triggers: [], rules: rule("10s")) { _ in .returned("child's") }
        try bench.define("parent", on: "go", plan: [.invoke("a", "app-child")])
        try bench.send("go")
        try bench.settle()
        try bench.send("go")
        try bench.advance(by: .seconds(10))
        let parents = try bench.runs("parent")
        #expect(parents.map(\.status) == [.completed, .completed])
        #expect(try bench.value("a", parents[0])?["error"] != nil)
        #expect(try bench.value("a", parents[1]) == ["data": "child's"])
    }
}
