import JSON
import Testing
import Wire

@testable import Engine

@Suite struct ThrottleTests {
    let bench: Bench

    init() throws { bench = try Bench() }

    private static func throttle(_ limit: Int, _ period: String, burst: Int? = nil, key: JSON? = nil) -> [String: JSON?]
    {
        [
            "throttle": [
                "burst": burst.map(JSON.int), "key": key, "limit": .int(limit), "period": .string(period),
            ]
        ]
    }

    /// When the runs began, in milliseconds after `time`.
    private func starts(after time: Timestamp) throws -> [Int64] {
        try bench.runs("f").compactMap(\.startedAt).map { ($0 - time).milliseconds }.sorted()
    }

    @Test func spreadsStartsEvenly() throws {
        let begin = bench.now
        try bench.define("f", on: "e", rules: Self.throttle(3, "60s"), plan: [.run("a"), .run("b")])
        for _ in 0..<5 { try bench.send("e") }
        try bench.settle()
        #expect(bench.engine.nextDue(hasRoom: true) == begin + .seconds(20))
        try bench.advance(by: .minutes(5))
        #expect(try starts(after: begin) == [0, 20_000, 40_000, 60_000, 80_000])
        #expect(try bench.runs("f").allSatisfy { $0.status == .completed })
    }

    @Test func startsABurstAtOnce() throws {
        let begin = bench.now
        try bench.define("f", on: "e", rules: Self.throttle(1, "10s", burst: 3), plan: [])
        for _ in 0..<5 { try bench.send("e") }
        try bench.advance(by: .minutes(5))
        #expect(try starts(after: begin) == [0, 0, 0, 10_000, 20_000])
        for _ in 0..<4 { try bench.send("e") }
        try bench.advance(by: .minutes(1))
        #expect(try starts(after: begin).suffix(4) == [300_000, 300_000, 300_000, 310_000])
    }

    @Test func servesInOrderAndDropsNothing() throws {
        try bench.define("f", on: "e", rules: Self.throttle(10, "1s"), plan: [])
        for _ in 0..<100 { try bench.send("e") }
        try bench.advance(by: .seconds(12))
        #expect(bench.calls.map(\.request.runID) == (try bench.runs("f").map(\.id)))
        #expect(bench.calls.count == 100)
    }

    @Test func limitsEachKeyForItself() throws {
        let begin = bench.now
        try bench.define("f", on: "e", rules: Self.throttle(1, "1m", key: "event.data.u"), plan: [])
        for user in ["a", "a", "b"] { try bench.send("e", data: ["u": .string(user)]) }
        try bench.advance(by: .minutes(10))
        #expect(try starts(after: begin) == [0, 0, 60_000])
    }

    @Test func aFunctionHasItsThrottleForItself() throws {
        for id in ["f", "g"] {
            try bench.define(id, on: "e", rules: Self.throttle(1, "1m", key: "event.data.u"), plan: [])
        }
        try bench.send("e", data: ["u": "a"])
        #expect(bench.open.count == 2)
    }

    @Test func thousandsInASecondAreNotSlowedDown() throws {
        let begin = bench.now
        try bench.define("f", on: "e", rules: Self.throttle(5000, "1s"), plan: [])
        bench.execute(IngestEvents(Array(repeating: ["name": "e"], count: 2000)))
        try bench.advance(by: .seconds(1))
        let starts = try starts(after: begin)
        #expect(starts.count == 2000)
        #expect(starts.last == 399)
    }

    @Test func startsThatNobodyCouldTakeDoNotComeAllAtOnce() throws {
        try bench.define("f", on: "e", rules: Self.throttle(1, "1s"), plan: [])
        bench.room = 0
        for _ in 0..<10 { try bench.send("e") }
        bench.now = bench.now + .minutes(10)
        bench.execute()
        let late = bench.now
        bench.room = 10
        try bench.advance(by: .seconds(30))
        #expect(try starts(after: late) == (0..<10).map { $0 * 1000 })
    }

    @Test func aRunThatIsCancelledBeforeItBeginsDoesNotCount() throws {
        try bench.define("f", on: "e", rules: Self.throttle(1, "1h"), plan: [])
        bench.room = 0
        for _ in 0..<2 { try bench.send("e") }
        try bench.perform(CancelRun(try bench.runs("f")[0].id))
        bench.room = 1
        try bench.settle()
        #expect(try bench.runs("f")[1].status == .completed)
    }

    @Test func goesOnAfterARestart() throws {
        try bench.define("f", on: "e", rules: Self.throttle(1, "1m"), plan: [])
        for _ in 0..<3 { try bench.send("e") }
        let begin = bench.now
        let next = try Bench(seed: 2, store: bench.sqlite)
        try next.perform(Reconcile())
        try next.advance(by: .minutes(10))
        let starts = try next.runs("f").compactMap(\.startedAt).map { ($0 - begin).milliseconds }
        #expect(starts == [0, 60_000, 120_000])
    }

    @Test func withstandsAClockThatIsSetBack() throws {
        try bench.define("f", on: "e", rules: Self.throttle(1, "1m"), plan: [])
        try bench.send("e")
        try bench.settle()
        bench.now = bench.now + .days(-2)
        for _ in 0..<2 { try bench.send("e") }
        try bench.advance(by: .minutes(3))
        #expect(try bench.runs("f").allSatisfy { $0.status == .completed })
    }

    /// Of two orchestrators, one looks at the clock a little earlier than the other one has.
    @Test func keepsItsPaceWhereAClockIsBehind() throws {
        let begin = bench.now
        try bench.define("f", on: "e", rules: Self.throttle(1, "1s"), plan: [])
        try bench.send("e")
        bench.now = begin + .milliseconds(-29)
        for _ in 0..<2 { try bench.send("e") }
        try bench.advance(by: .seconds(5))
        #expect(try starts(after: begin) == [0, 1000, 2000])
    }

    @Test func startsWaitForConcurrencyWithoutUsingTheThrottleUp() throws {
        let begin = bench.now
        var settings = Self.throttle(1, "10s", key: "event.data.u")
        settings = settings.merging(["concurrency": 1]) { $1 }
        try bench.define("f", on: "e", rules: settings, plan: [])
        for user in ["a", "b", "b"] { try bench.send("e", data: ["u": .string(user)]) }
        let first = try bench.take()
        bench.now = bench.now + .seconds(30)
        bench.execute()
        #expect(bench.open.isEmpty)
        try GateCheck(bench).check()
        bench.execute(bench.answer(first, .returned(1)))
        #expect(bench.open.count == 1)
        try bench.advance(by: .minutes(1))
        #expect(try starts(after: begin) == [0, 30_000, 40_000])
        try GateCheck(bench).check()
    }
}
