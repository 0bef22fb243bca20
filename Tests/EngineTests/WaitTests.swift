import JSON
import Testing
import Wire

@testable import Engine

@Suite struct WaitTests {
    let bench: Bench

    init() throws { bench = try Bench() }

    private func start(
        if condition: String? = nil, timeout: String? = "1h", data: JSON = ["id": 7]
    ) throws -> Run {
        try bench.define("f", on: "begin", plan: [.wait("w", event: "go", if: condition, timeout: timeout)])
        try bench.send("begin", data: data)
        try bench.settle()
        return try bench.run("f")
    }

    @Test func resumesWithTheEvent() throws {
        let run = try start()
        #expect(run.status == .running)
        let event = try bench.send("go", data: ["x": 1])
        try bench.settle()
        #expect(try bench.run("f").status == .completed)
        let value = try #require(try bench.value("w", run))
        #expect(value["name"] == "go")
        #expect(value["data"] == ["x": 1])
        #expect(value["id"]?.string == event.description)
        #expect(value["user"] == [:])
        #expect(try bench.kinds(run).contains(.waitMatched))
        try bench.expectNothingLeft(of: run)
    }

    @Test func givesNullWhenItTimesOut() throws {
        let run = try start()
        try bench.advance(by: .hours(1))
        #expect(try bench.run("f").status == .completed)
        #expect(try bench.value("w", run) == .null)
        #expect(try bench.kinds(run).contains(.waitTimedOut))
    }

    @Test func isTooLateAtTheTimeout() throws {
        let run = try start()
        bench.now = bench.now + .hours(1)
        try bench.send("go")
        try bench.settle()
        #expect(try bench.value("w", run) == .null)
    }

    private static let comparisons: [(String, JSON, Bool)] = [
        ("event.data.id == async.data.id", 7, true), ("event.data.id == async.data.id", 8, false),
        ("async.data.id == 7.0", 7, true), ("async.data.id == '7'", 7, false), ("async.data.id > 5", 7, true),
        ("async.data.id != event.data.id", 7, false), ("event.data.id == async.data.id && async.data.ok", 7, false),
        ("async.data.id == 1 || async.data.id == 7", 7, true), ("async.data.missing == null", 7, true),
        ("async.data.id == 'x\\'\"\\\\\\n'", "x'\"\\\n", true), ("async.data.id in [6, 7]", 7, true),
        ("async.data.id == 7", 7.5, false), ("async.data.id == 1e21", 1e21, true),
        ("event.data.none == async.data.id", JSON.null, true), ("event.data.none == async.data.other", 7, false),
        ("async.data.id == null", ["x": 1], false), ("async.data.id.x == null", 7, true),
        ("async.data.id == [1]", [1], true), ("async.data.id == '[1]'", [1], false),
        ("async.data.id in ['\u{E9}', 'e\u{301}']", "\u{E9}", true),
        ("async.data.id in ['\u{E9}', 'e\u{301}']", "e\u{301}", true),
        ("async.data.id == 'e\u{301}'", "\u{E9}", false), ("async.data.id == '\u{1F600}'", "\u{1F600}", true),
        ("async.data.id == 'true'", true, false),
        ("async.data.id == 1.8446744073709552e19", 1.8446744073709552e19, true),
    ]

    @Test(arguments: comparisons)
    func matchesByExpression(condition: String, id: JSON, matches: Bool) throws {
        let run = try start(if: condition)
        try bench.send("go", data: ["id": id])
        try bench.settle()
        #expect((try bench.value("w", run) != nil) == matches)
    }

    @Test func matchesLongValues() throws {
        let long = String(repeating: "é", count: 500)
        let run = try start(if: "event.data.id == async.data.id", data: ["id": .string(long)])
        try bench.send("go", data: ["id": .string(long + "x")])
        try bench.settle()
        #expect(try bench.value("w", run) == nil)
        try bench.send("go", data: ["id": .string(long)])
        try bench.settle()
        #expect(try bench.value("w", run) != nil)
    }

    /// Nothing can find it, for nothing can end it; its time runs out all the same.
    @Test(arguments: ["false", "async.data.id in []", "event.data.id == 8 && async.data.id == 7"])
    func timesOutWhereTheConditionCanNotBecomeTrue(condition: String) throws {
        let run = try start(if: condition)
        #expect(try DatabaseDump(bench.sqlite).rows(of: "wait_keys").isEmpty)
        try bench.send("go", data: ["id": 7])
        try bench.settle()
        #expect(try bench.run("f").status == .running)
        try bench.advance(by: .hours(1))
        #expect(try bench.value("w", run) == .null)
        try bench.expectNothingLeft(of: run)
    }

    @Test(arguments: [
        (nil as String?, true), ("async.data.id == 7", true), ("async.data.id > 7", false), ("false", true),
        ("async.data.id == 7 || async.data.ok", false),
    ])
    func saysWhetherItIsIndexed(condition: String?, isIndexed: Bool) throws {
        let run = try start(if: condition)
        let started = try #require(try bench.history(run).first { $0.kind == .waitStarted })
        #expect(started.detail["indexed"] == (isIndexed ? nil : false))
        #expect(
            try bench.queries.waitCounts() == [WaitCount(eventName: "go", live: 1, unindexed: isIndexed ? 0 : 1)])
        try bench.advance(by: .hours(1))
        #expect(try bench.queries.waitCounts().isEmpty)
    }

    @Test func isNotEndedByTheEventThatStartedItsRun() throws {
        try bench.define("f", on: "go", plan: [.wait("w", event: "go", timeout: "1h")])
        try bench.send("go")
        try bench.settle()
        #expect(try bench.run("f").status == .running)
    }

    @Test func doesNotLookBack() throws {
        try bench.send("go")
        let run = try start()
        #expect(run.status == .running)
    }

    @Test(arguments: ["async.data.", "1 +", "nonsense(async)"])
    func failsTheRunForABadExpression(condition: String) throws {
        let run = try start(if: condition)
        #expect(run.status == .failed)
        #expect(run.output?["message"]?.string?.contains("opts.if") == true)
        try bench.expectNothingLeft(of: run)
    }

    @Test func failsTheRunForATimeoutThatIsNone() throws {
        #expect(try start(timeout: "soon").status == .failed)
    }

    @Test func failsTheRunForATimeoutThatIsTooLong() throws {
        #expect(try start(timeout: "400d").output?["name"] == "InngestErrTimeoutTooLong")
    }

    @Test func resumesOnlyTheOneThatMatches() throws {
        try bench.define(
            "f", on: "begin",
            plan: [.wait("w", event: "go", if: "event.data.id == async.data.id", timeout: "1h")])
        for id in 0..<100 { try bench.send("begin", data: ["id": .int(id)]) }
        try bench.settle()
        try bench.send("go", data: ["id": 42])
        try bench.settle()
        let done = try bench.runs("f").filter { $0.status == .completed }
        #expect(done.count == 1)
        #expect(try bench.timeline(done[0]).events[0].event.data == ["id": 42])
    }

    @Test func resumesEveryOneThatMatches() throws {
        try bench.define("f", on: "begin", plan: [.wait("w", event: "go", timeout: "1h")])
        for _ in 0..<10 { try bench.send("begin") }
        try bench.settle()
        try bench.send("go")
        try bench.settle()
        #expect(try bench.runs("f").allSatisfy { $0.status == .completed })
    }

    @Test func endsTwoWaitsOfOneRunWithOneEvent() throws {
        try bench.define(
            "f", on: "begin",
            plan: [
                .all([[.wait("v", event: "go", timeout: "1h")], [.wait("w", event: "go", timeout: "2h")]])
            ])
        try bench.send("begin")
        try bench.settle()
        try bench.send("go")
        try bench.settle()
        let run = try bench.run("f")
        #expect(run.status == .completed)
        #expect(try bench.value("v", run) == bench.value("w", run))
        try bench.expectNothingLeft(of: run)
    }

    @Test func meetsAnEventOfTheSameBatch() throws {
        try bench.define("f", on: "begin", plan: [.wait("w", event: "go", timeout: "1h")])
        try bench.send("begin")
        let call = try bench.take()
        bench.execute(bench.answer(call, bench.scripted(call)), IngestEvents([["name": "go"]]))
        try bench.settle()
        #expect(try bench.run("f").status == .completed)
    }

    @Test func missesAnEventThatCameBeforeInTheSameBatch() throws {
        try bench.define("f", on: "begin", plan: [.wait("w", event: "go", timeout: "1h")])
        try bench.send("begin")
        let call = try bench.take()
        bench.execute(IngestEvents([["name": "go"]]), bench.answer(call, bench.scripted(call)))
        try bench.settle()
        #expect(try bench.run("f").status == .running)
    }

    @Test func takesTheFirstOfTwoEventsOfOneBatch() throws {
        let run = try start()
        bench.execute(IngestEvents([["data": ["n": 1], "name": "go"], ["data": ["n": 2], "name": "go"]]))
        try bench.settle()
        #expect(try bench.value("w", run)?["data"] == ["n": 1])
    }

    @Test func isEndedByADuplicateOfTheSender() throws {
        let run = try start()
        try bench.send("elsewhere", id: "same")
        try bench.send("go", id: "same")
        try bench.settle()
        #expect(try bench.value("w", run) != nil)
    }

    @Test func canWaitForTheEndOfAnotherRun() throws {
        try bench.define("other", on: "start-other", plan: [.run("a")])
        try bench.define(
            "f", on: "begin",
            plan: [
                .wait(
                    "w", event: "inngest/function.finished", if: "async.data.function_id == 'app-other'", timeout: "1h")
            ])
        try bench.send("begin")
        try bench.settle()
        try bench.send("start-other")
        try bench.settle()
        #expect(try bench.run("f").status == .completed)
    }
}
