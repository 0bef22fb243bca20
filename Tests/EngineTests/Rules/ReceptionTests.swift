import JSON
import Testing
import Wire

@testable import Engine

/// What an event says about the functions that it matched.
@Suite struct ReceptionTests {
    let bench: Bench

    init() throws { bench = try Bench() }

    @Test func saysNothingOfAFunctionThatItStarts() throws {
        try bench.define("f", on: "e", plan: [])
        let event = try bench.send("e")
        #expect(try bench.outcome(event).event.decisions.isEmpty)
        #expect(try bench.outcome(event).runs.map(\.functionID) == [try bench.run("f").functionID])
        #expect(try bench.rows(of: "events").allSatisfy { $0.hasSuffix("NULL") })
    }

    @Test func namesTheExpressionThatWasFalse() throws {
        try bench.define("f", triggers: [["event": "e", "expression": "event.data.n > 10"]]) { _ in .returned(.null) }
        let decision = try bench.decision(try bench.send("e", data: ["n": 1]))
        #expect(decision.gate == .expression)
        #expect(decision.text.contains("event.data.n > 10"))
    }

    @Test func namesTheExpressionThatFailed() throws {
        try bench.define("f", triggers: [["event": "e", "expression": "event.data.n"]]) { _ in .returned(.null) }
        let decision = try bench.decision(try bench.send("e", data: ["n": 1]))
        #expect(decision.state["error"] != nil)
    }

    @Test func namesNoExpressionWhereAnotherTriggerIsRight() throws {
        let triggers: [JSON] = [["event": "e", "expression": "event.data.n > 10"], ["event": "e"]]
        try bench.define("f", triggers: triggers) { _ in .returned(.null) }
        #expect(try bench.outcome(try bench.send("e", data: ["n": 1])).event.decisions.isEmpty)
    }

    @Test func isBounded() throws {
        for number in 0..<150 {
            let trigger: JSON = ["event": "e", "expression": .string("event.data.n == \(number)")]
            try bench.define("f\(number)", triggers: [trigger]) { _ in .returned(.null) }
        }
        #expect(try bench.outcome(try bench.send("e")).event.decisions.count == Limits.decisionsPerEvent)
    }

    @Test func goesWithTheEventsTransaction() throws {
        try bench.define("f", on: "e", rules: ["rateLimit": ["limit": 1, "period": "1h"]], plan: [])
        let first = bench.execute(IngestEvents([["name": "e"], ["name": "e"]]))
        let ids = try #require(try first.outcomes[0].get() as? IngestEvents.Outcome).ids
        #expect(try bench.outcome(ids[0]).event.decisions.isEmpty)
        #expect(try bench.decision(ids[1]).gate == .rateLimit)
    }

    @Test func tellsNamesApartThatLookTheSame() throws {
        try bench.define("f", on: "caf\u{E9}", plan: [])
        try bench.send("cafe\u{301}")
        #expect(try bench.runs("f").isEmpty)
        try bench.send("caf\u{E9}")
        #expect(try bench.runs("f").count == 1)
    }
}
