import JSON
import Testing
import Wire

@testable import Engine

@Suite struct TimeoutTests {
    let bench: Bench

    init() throws { bench = try Bench() }

    @Test func cancelsARunThatDoesNotBeginInTime() throws {
        try bench.define("f", rules: ["timeouts": ["start": "10m"]])
        bench.room = 0
        try bench.send("e")
        try bench.advance(by: .minutes(10) - .milliseconds(1))
        #expect(try bench.run("f").status == .scheduled)
        try bench.advance(by: .milliseconds(1))
        let run = try bench.run("f")
        #expect(run.status == .cancelled)
        #expect(try bench.history(run).last?.detail["reason"] == "start_timeout")
        try bench.expectNothingLeft(of: run)
    }

    @Test func countsFromTheTimeThatARunIsScheduledFor() throws {
        try bench.define("f", rules: ["timeouts": ["start": "10m"]])
        try bench.send("e", at: bench.now + .hours(1))
        try bench.advance(by: .hours(1))
        #expect(try bench.run("f").status == .completed)
    }

    @Test func leavesARunAloneThatHasBegun() throws {
        try bench.define("f", on: "e", rules: ["timeouts": ["start": "10m"]], plan: [.sleep("s", "1h")])
        try bench.send("e")
        try bench.advance(by: .minutes(30))
        #expect(try bench.run("f").status == .running)
        #expect(try bench.timeline(try bench.run("f")).queue.map(\.work) == [.wake])
    }

    @Test func cancelsARunThatDoesNotEndInTime() throws {
        try bench.define("f", on: "e", rules: ["timeouts": ["finish": "2h"]], plan: [.sleep("s", "3h")])
        bench.room = 0
        try bench.send("e")
        try bench.advance(by: .hours(1))
        bench.room = 10
        try bench.advance(by: .hours(2) - .milliseconds(1))
        #expect(try bench.run("f").status == .running, "counted from when it began")
        try bench.advance(by: .milliseconds(1))
        let run = try bench.run("f")
        #expect(run.status == .cancelled)
        #expect(try bench.history(run).last?.detail["reason"] == "finish_timeout")
        #expect(try bench.events("inngest/function.cancelled").count == 1)
        try bench.expectNothingLeft(of: run)
    }

    @Test func leavesNothingBehindWhenARunEndsInTime() throws {
        try bench.define("f", on: "e", rules: ["timeouts": ["finish": "2h", "start": "1h"]], plan: [.run("a")])
        try bench.send("e")
        try bench.settle()
        #expect(try bench.run("f").status == .completed)
        try bench.expectNothingLeft(of: try bench.run("f"))
    }

    @Test func withstandsAClockThatIsSetBack() throws {
        let rules: [String: JSON?] = ["timeouts": ["finish": "2h", "start": "1h"]]
        try bench.define("f", on: "e", rules: rules, plan: [.sleep("s", "30d")])
        try bench.define("late", on: "l", rules: rules, plan: [])
        bench.room = 1
        let start = bench.now
        try bench.send("e")
        try bench.send("l")
        let call = try bench.take("f")
        bench.room = 0
        bench.now = start + .days(-2)
        try bench.perform(bench.answer(call, bench.scripted(call)))
        try bench.advance(by: .days(2) + .minutes(59))
        #expect(try bench.run("f").status == .running)
        #expect(try bench.run("late").status == .scheduled)
        try bench.advance(by: .hours(2))
        #expect(try bench.run("late").endedAt == start + .hours(1))
        #expect(try bench.run("f").endedAt == start + .hours(2))
        for id in ["f", "late"] { try bench.expectNothingLeft(of: try bench.run(id)) }
    }

    @Test func countsOverARestart() throws {
        try bench.define("f", on: "e", rules: ["timeouts": ["finish": "2h"]], plan: [.sleep("s", "3h")])
        try bench.send("e")
        try bench.advance(by: .hours(1))
        let restarted = try bench.restarted()
        try restarted.advance(by: .hours(1))
        #expect(try restarted.run("f").status == .cancelled)
    }
}
