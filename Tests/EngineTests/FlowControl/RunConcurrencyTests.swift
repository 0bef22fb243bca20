import JSON
import Testing
import Wire

@testable import Engine

@Suite struct RunConcurrencyTests {
    let bench: Bench

    init() throws { bench = try Bench() }

    private static func runs(_ limit: Int, key: JSON? = nil) -> [String: JSON?] {
        ["concurrency": ["fn": [["key": key, "limit": .int(limit)]]]]
    }

    private func statuses() throws -> [Run.Status] { try bench.runs("f").map(\.status) }

    @Test func aRunHoldsItsPlaceWhileItSleeps() throws {
        try bench.define("f", on: "e", rules: Self.runs(2), plan: [.sleep("s", "1h"), .run("a")])
        for _ in 0..<3 { try bench.send("e") }
        try bench.settle()
        #expect(try statuses() == [.running, .running, .scheduled])
        try GateCheck(bench).check()
        try bench.advance(by: .minutes(61))
        #expect(try statuses() == [.completed, .completed, .running])
        try bench.advance(by: .minutes(61))
        #expect(try statuses() == [.completed, .completed, .completed])
        try GateCheck(bench).expectNothingHeld()
    }

    @Test func eachKeyHasTheLimit() throws {
        try bench.define("f", on: "e", rules: Self.runs(1, key: "event.data.u"), plan: [.sleep("s", "1h")])
        for user in ["a", "a", "b"] { try bench.send("e", data: ["u": .string(user)]) }
        try bench.settle()
        #expect(try statuses() == [.running, .scheduled, .running])
    }

    @Test func aCancelledRunLetsTheNextGo() throws {
        try bench.define("f", on: "e", rules: Self.runs(1), plan: [.sleep("s", "1h")])
        for _ in 0..<2 { try bench.send("e") }
        try bench.settle()
        try bench.perform(CancelRun(try bench.runs("f")[0].id))
        try bench.settle()
        #expect(try statuses() == [.cancelled, .running])
        try GateCheck(bench).check()
    }

    @Test func aCancelledRunCountsUntilTheAppIsDoneWithIt() throws {
        try bench.define("f", on: "e", rules: Self.runs(1), plan: [])
        for _ in 0..<2 { try bench.send("e") }
        let runs = try bench.runs("f")
        let call = try bench.take()
        try bench.perform(CancelRun(runs[0].id))
        #expect(bench.open.isEmpty)
        try GateCheck(bench).check()
        try bench.perform(bench.answer(call, .returned(1)))
        #expect(bench.open.map(\.request.runID) == [runs[1].id])
        try bench.settle()
        try GateCheck(bench).expectNothingHeld()
    }

    @Test func failedAndRetriedRunsHoldTheirPlace() throws {
        try bench.define("f", on: "e", retries: 1, rules: Self.runs(1), plan: [.run("a", failing: 1)])
        for _ in 0..<2 { try bench.send("e") }
        try bench.settle()
        #expect(try statuses() == [.running, .scheduled])
        try bench.advance(by: .minutes(5))
        #expect(try statuses() == [.completed, .completed])
        try GateCheck(bench).expectNothingHeld()
    }

    @Test func bothKindsOfLimitsHold() throws {
        try bench.define(
            "f", on: "e",
            rules: ["concurrency": ["fn": [["limit": 3]], "step": [["key": "event.data.u", "limit": 1]]]],
            plan: [.run("a"), .sleep("s", "1h")])
        for user in ["a", "a", "b", "c", "d"] { try bench.send("e", data: ["u": .string(user)]) }
        // The second of "a" has no place among the runs, for it could not use it.
        #expect(bench.open.map { $0.request.events[0]["data"]?["u"]?.string } == ["a", "b", "c"])
        try GateCheck(bench).check()
        try bench.advance(by: .hours(5))
        #expect(try statuses().allSatisfy { $0 == .completed })
        try GateCheck(bench).expectNothingHeld()
    }
}
