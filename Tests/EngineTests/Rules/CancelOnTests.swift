import JSON
import Testing
import Wire

@testable import Engine

@Suite struct CancelOnTests {
    let bench: Bench

    init() throws { bench = try Bench() }

    private func cancel(_ event: String, if condition: String? = nil, timeout: String? = nil) -> [String: JSON?] {
        [
            "cancel": [
                [
                    "event": .string(event), "if": condition.map(JSON.string), "timeout": timeout.map(JSON.string),
                ]
            ]
        ]
    }

    @Test func cancelsRunsOfAllKinds() throws {
        try bench.define("asleep", on: "e", rules: cancel("stop"), plan: [.sleep("s", "1h")])
        try bench.define("waiting", on: "e", rules: cancel("stop"), plan: [.wait("w", event: "never")])
        try bench.define("done", on: "e", rules: cancel("stop"), plan: [])
        try bench.send("e")
        try bench.settle()
        try bench.define("queued", on: "f", rules: cancel("stop"), plan: [])
        try bench.send("f", at: bench.now + .hours(1))
        let event = try bench.send("stop")
        for id in ["asleep", "waiting", "queued"] {
            let run = try bench.run(id)
            #expect(run.status == .cancelled)
            let entry = try #require(try bench.history(run).last)
            #expect(entry.detail["reason"] == "cancel_on")
            #expect(entry.detail["event_id"] == .string(event.description))
            try bench.expectNothingLeft(of: run)
        }
        #expect(try bench.run("done").status == .completed)
        #expect(try bench.rows(of: "waits").isEmpty)
        #expect(try bench.rows(of: "wait_keys").isEmpty)
    }

    @Test func withstandsAClockThatIsSetBack() throws {
        try bench.define("f", on: "e", rules: cancel("stop", timeout: "1h"), plan: [.sleep("s", "30d")])
        try bench.define("g", on: "e", rules: cancel("halt", timeout: "1h"), plan: [.sleep("s", "30d")])
        try bench.send("e")
        try bench.settle()
        let end = bench.now + .hours(1)
        bench.now = bench.now + .days(-2)
        try bench.send("stop")
        #expect(try bench.run("f").status == .cancelled, "the event has come after the run, whatever the clock says")
        bench.now = end
        try bench.settle()
        try bench.send("halt")
        #expect(try bench.run("g").status == .running)
    }

    @Test func ignoresTheAnswerOfACallThatIsOpen() throws {
        try bench.define("f", on: "e", rules: cancel("stop"), plan: [.run("a")])
        try bench.send("e")
        let call = try bench.take("f")
        try bench.send("stop")
        guard case .stale = try bench.perform(bench.answer(call, .returned("late"))) else {
            Issue.record("the answer counted")
            return
        }
        #expect(try bench.run("f").status == .cancelled)
    }

    @Test func asksTheExpression() throws {
        try bench.define(
            "f", on: "e", rules: cancel("stop", if: "event.data.order == async.data.order"), plan: [.sleep("s", "1h")])
        for order in 1...3 { try bench.send("e", data: ["order": .int(order)]) }
        try bench.settle()
        try bench.send("stop", data: ["order": 2])
        try bench.send("stop", data: ["order": "3"])
        #expect(try bench.runs("f").map(\.status) == [.running, .cancelled, .running])
    }

    @Test func holdsForItsTimeOnly() throws {
        try bench.define("f", on: "e", rules: cancel("stop", timeout: "10m"), plan: [.sleep("s", "1h")])
        try bench.send("e")
        try bench.advance(by: .minutes(10))
        try bench.send("stop")
        #expect(try bench.run("f").status == .running)
        try bench.send("e")
        try bench.advance(by: .minutes(10) - .milliseconds(1))
        try bench.send("stop")
        #expect(try bench.runs("f").map(\.status) == [.running, .cancelled])
    }

    @Test func isNotMetByTheEventThatStartsTheRun() throws {
        try bench.define("f", on: "e", rules: cancel("e"), plan: [.sleep("s", "1h")])
        try bench.send("e")
        try bench.settle()
        #expect(try bench.run("f").status == .running)
        try bench.send("e")
        #expect(try bench.runs("f").map(\.status.isFinal) == [true, false])
    }

    @Test func isForgottenWhenTheRunEnds() throws {
        try bench.define("f", on: "e", rules: cancel("stop", if: "async.data.n == event.data.n"), plan: [])
        try bench.send("e", data: ["n": 1])
        #expect(try bench.rows(of: "wait_keys").count == 1)
        try bench.settle()
        #expect(try bench.rows(of: "wait_keys").isEmpty)
    }

    /// Starts runs with the numbers from 1 on, and cancels the first.
    private func cancelFirst(of count: Int, _ rules: [String: JSON?]) throws {
        try bench.define("f", on: "e", rules: rules, plan: [.sleep("s", "30d")])
        let events: [JSON] = (1...count).map { ["data": ["n": .int($0), "next": .int($0 + 1)], "name": "e"] }
        try bench.perform(IngestEvents(events))
        try bench.perform(CancelRun(try #require(try bench.runs("f").first).id))
    }

    @Test func cancelsThousandsWhoseEndsCancelThem() throws {
        try cancelFirst(of: 5000, cancel("inngest/function.finished"))
        #expect(try bench.runs("f").allSatisfy { $0.status == .cancelled })
        #expect(try bench.events("inngest/function.finished").count == 5000)
        #expect(try bench.rows(of: "waits").isEmpty)
    }

    @Test func cancelsThousandsOfWhichEachCancelsTheNext() throws {
        let isNext = "async.data.event.data.next == event.data.n"
        try cancelFirst(of: 5000, cancel("inngest/function.cancelled", if: isNext))
        #expect(try bench.runs("f").allSatisfy { $0.status == .cancelled })
    }

    @Test func isNotCountedAmongWaits() throws {
        try bench.define("f", on: "e", rules: cancel("stop"), plan: [.sleep("s", "1h")])
        try bench.send("e")
        try bench.settle()
        #expect(try bench.queries.waitCounts().isEmpty)
    }

    @Test func cancelsAfterARestart() throws {
        try bench.define(
            "f", on: "e", rules: cancel("stop", if: "async.data.n == event.data.n"), plan: [.sleep("s", "1h")])
        try bench.send("e", data: ["n": 1])
        try bench.settle()
        let restarted = try bench.restarted()
        try restarted.send("stop", data: ["n": 1])
        #expect(try restarted.run("f").status == .cancelled)
    }

    @Test(arguments: ["lowercase(async.data.a) == 'x'", "async.data.list.exists(x, x == 1)", "has(async.data.a)"])
    func refusesFunctionsAndMacros(condition: String) throws {
        let error = #expect(throws: Refusal.self) { try bench.define("f", rules: cancel("stop", if: condition)) }
        #expect(error?.description.contains("cancel[0].if") == true)
    }

    @Test func refusesMoreThanFiveRules() throws {
        let rules = JSON.array((0..<6).map { ["event": .string("stop-\($0)")] })
        #expect(throws: Refusal.self) { try bench.define("f", rules: ["cancel": rules]) }
    }
}
