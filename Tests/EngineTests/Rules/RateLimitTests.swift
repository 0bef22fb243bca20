import JSON
import Testing
import Wire

@testable import Engine

@Suite struct RateLimitTests {
    let bench: Bench

    init() throws { bench = try Bench() }

    private func limit(_ limit: Int, _ period: String, key: String? = nil) -> [String: JSON?] {
        ["rateLimit": ["key": key.map(JSON.string), "limit": .int(limit), "period": .string(period)]]
    }

    @Test func startsAsManyAsItSaysWithinAPeriod() throws {
        try bench.define("f", rules: limit(3, "1h"))
        for _ in 0..<5 { try bench.send("e") }
        #expect(try bench.runs("f").count == 3)
        try bench.advance(by: .hours(1) - .milliseconds(1))
        try bench.send("e")
        #expect(try bench.runs("f").count == 3)
        try bench.advance(by: .milliseconds(1))
        for _ in 0..<5 { try bench.send("e") }
        #expect(try bench.runs("f").count == 6)
        #expect(try bench.events("e").count == 11, "events are kept in any case")
    }

    @Test func beginsItsPeriodWithTheFirstEvent() throws {
        try bench.define("f", rules: limit(1, "1h"))
        try bench.advance(by: .minutes(50))
        try bench.send("e")
        try bench.advance(by: .minutes(30))
        try bench.send("e")
        #expect(try bench.runs("f").count == 1)
    }

    @Test func countsEachValueOfTheKeyForItself() throws {
        try bench.define("f", rules: limit(1, "1h", key: "event.data.user"))
        let users: [JSON] = ["a", "b", "a", 1, "1", 1.0, .null, ["x": 1], ["x": 1], true]
        for user in users { try bench.send("e", data: ["user": user]) }
        try bench.send("e")
        #expect(try bench.runs("f").count == 7, "1 and 1.0 are one key, and so are null and nothing")
    }

    @Test func leavesEventsAloneWhoseKeyIsFalse() throws {
        try bench.define("f", rules: limit(1, "1h", key: "event.data.limited"))
        for _ in 0..<4 { try bench.send("e", data: ["limited": false]) }
        #expect(try bench.runs("f").count == 4)
    }

    @Test func holdsForAllEventsForWhichTheKeyFails() throws {
        try bench.define("f", rules: limit(1, "1h", key: "event.data.list[3]"))
        for _ in 0..<3 { try bench.send("e", data: ["list": [1]]) }
        #expect(try bench.runs("f").count == 1)
    }

    @Test func takesHugeKeys() throws {
        try bench.define("f", rules: limit(1, "1h", key: "event.data.user"))
        let huge = String(repeating: "é", count: 500_000)
        for end in ["x", "y", "x"] { try bench.send("e", data: ["user": .string(huge + end)]) }
        #expect(try bench.runs("f").count == 2)
        #expect(try bench.rows(of: "rule_states").allSatisfy { $0.utf8.count < 1000 })
    }

    @Test func saysWhatStoppedAnEvent() throws {
        try bench.define("f", rules: limit(2, "1h", key: "event.data.user"))
        let start = bench.now
        try bench.send("e", data: ["user": "ada"])
        try bench.send("e", data: ["user": "ada"])
        let decision = try bench.decision(try bench.send("e", data: ["user": "ada"]))
        #expect(decision.gate == .rateLimit)
        #expect(decision.state["used"] == 2)
        #expect(decision.state["limit"] == 2)
        #expect(decision.state["key"] == "ada")
        #expect(decision.state["until"] == .string((start + .hours(1)).description))
        #expect(decision.text.contains("2 runs per 1h"))
    }

    @Test func neverStartsMoreWhenTheClockIsSetBack() throws {
        try bench.define("f", rules: limit(1, "1h"))
        try bench.send("e")
        bench.now = Timestamp(milliseconds: bench.now.milliseconds - 86_400_000)
        try bench.send("e")
        #expect(try bench.runs("f").count == 1)
        // It does not last for the day until the clock is where it was.
        bench.now = bench.now + .hours(1)
        try bench.send("e")
        #expect(try bench.runs("f").count == 2)
    }

    @Test func followsANewLimitAtOnce() throws {
        try bench.define("f", rules: limit(5, "1h"))
        for _ in 0..<3 { try bench.send("e") }
        try bench.define("f", rules: limit(2, "1h"))
        try bench.send("e")
        #expect(try bench.runs("f").count == 3)
        try bench.define("f", rules: limit(4, "1h"))
        for _ in 0..<3 { try bench.send("e") }
        #expect(try bench.runs("f").count == 4)
        try bench.define("f", rules: [:])
        try bench.send("e")
        #expect(try bench.runs("f").count == 5)
    }

    @Test func remembersOverARestart() throws {
        try bench.define("f", rules: limit(1, "1h"))
        try bench.send("e")
        let restarted = try bench.restarted()
        try restarted.send("e")
        #expect(try restarted.runs("f").count == 1)
    }

    @Test func failsTheStepThatInvokesALimitedFunction() throws {
        try bench.define("child", rules: limit(1, "1h"))
        try bench.define("parent", on: "go", plan: [.invoke("a", "app-child"), .invoke("b", "app-child")])
        try bench.send("go")
        try bench.settle()
        let parent = try bench.run("parent")
        #expect(parent.status == .completed)
        #expect(try bench.value("a", parent) == ["data": .null])
        let error = try #require(try bench.value("b", parent)?["error"]?["message"]?.string)
        #expect(error.hasPrefix("invoked function is rate limited"))
    }

    @Test(arguments: ["0s", "500ms", "25h", "-1h", "soon"])
    func refusesPeriods(period: String) throws {
        #expect(throws: Refusal.self) { try bench.define("f", rules: limit(1, period)) }
    }

    @Test func refusesAKeyThatIsNoExpression() throws {
        let error = #expect(throws: Refusal.self) { try bench.define("f", rules: limit(1, "1h", key: "event.data.")) }
        #expect(error?.description.contains("rateLimit.key") == true)
    }

    // MARK: Idempotency

    @Test func startsOnceForAValueWithin24Hours() throws {
        try bench.define("f", rules: ["idempotency": "event.data.order"])
        for order in [1, 2, 1] { try bench.send("e", data: ["order": .int(order)]) }
        try bench.advance(by: .hours(24) - .milliseconds(1))
        let stopped = try bench.send("e", data: ["order": 1])
        #expect(try bench.runs("f").count == 2)
        #expect(try bench.decision(stopped).gate == .idempotency)
        try bench.advance(by: .milliseconds(1))
        try bench.send("e", data: ["order": 1])
        #expect(try bench.runs("f").count == 3)
    }

    @Test(arguments: ["event.data.missing", "false", "event.data.list[7]"])
    func stopsNothingWithoutAValue(expression: String) throws {
        try bench.define("f", rules: ["idempotency": .string(expression)])
        for _ in 0..<3 { try bench.send("e", data: ["list": []]) }
        #expect(try bench.runs("f").count == 3)
    }

    @Test func namesTheEventIDThatWasUsedBefore() throws {
        try bench.define("f", on: "e", plan: [])
        try bench.send("e", id: "order-7")
        let decision = try bench.decision(try bench.send("e", id: "order-7"))
        #expect(decision.gate == .idempotency)
        #expect(decision.state["event_id"] == "order-7")
    }

    @Test func tellsIDsApartThatLookTheSame() throws {
        try bench.define("f", on: "e", plan: [])
        bench.execute(IngestEvents([["id": "\u{E9}", "name": "e"], ["id": "e\u{301}", "name": "e"]]))
        #expect(try bench.runs("f").count == 2)
    }
}
