import JSON
import Testing
import Wire

@testable import Engine

@Suite struct SignalTests {
    let bench: Bench

    init() throws { bench = try Bench() }

    private func define(_ id: String, on event: String, conflict: String? = nil, timeout: String? = "1h") throws {
        try bench.define(id, triggers: [["event": .string(event)]]) { call in
            guard let memo = call.request.steps.first(where: { $0.id == StepID("s") })?.value else {
                let options: JSON = [
                    "conflict": conflict.map(JSON.string), "signal": "paid/7", "timeout": timeout.map(JSON.string),
                ]
                return .ops(
                    [Op(.waitForSignal, id: StepID("s"), displayName: "s", options: options)], retryAfter: nil)
            }
            if memo["error"] != nil {
                return .failed(ReportedError(memo["error"] ?? .null), retriable: false, retryAfter: nil)
            }
            return .returned(memo)
        }
    }

    private func start(_ event: String) throws {
        try bench.send(event)
        try bench.settle()
    }

    @Test func goesOnWithTheSignal() throws {
        try define("f", on: "e")
        try start("e")
        let run = try bench.run("f")
        #expect(try bench.perform(SendSignal("paid/8", data: 1)) == nil)
        #expect(try bench.perform(SendSignal("paid/7", data: ["by": "card"])) == run.id)
        try bench.settle()
        #expect(try bench.run("f").output == ["data": ["data": ["by": "card"], "signal": "paid/7"]])
        #expect(try bench.kinds(run).contains(.signalReceived))
        #expect(try bench.perform(SendSignal("paid/7", data: 1)) == nil, "nobody waits any more")
        try bench.expectNothingLeft(of: run)
    }

    @Test func givesNullWhenItTimesOut() throws {
        try define("f", on: "e")
        try start("e")
        try bench.advance(by: .hours(1))
        #expect(try bench.run("f").output == .null)
        #expect(try bench.kinds(try bench.run("f")).contains(.signalTimedOut))
    }

    @Test func failsTheSecondThatWaits() throws {
        try define("f", on: "e")
        try define("g", on: "e2")
        try start("e")
        try start("e2")
        #expect(try bench.run("g").status == .failed)
        #expect(try bench.run("g").output?["name"] == "SignalConflictError")
        #expect(try bench.perform(SendSignal("paid/7", data: 1)) == bench.run("f").id)
    }

    @Test func replacesTheFirstThatWaits() throws {
        try define("f", on: "e")
        try define("g", on: "e2", conflict: "replace", timeout: "2h")
        try start("e")
        try start("e2")
        #expect(try bench.kinds(try bench.run("f")).contains(.signalReplaced))
        #expect(try bench.perform(SendSignal("paid/7", data: 1)) == bench.run("g").id)
        try bench.settle()
        #expect(try bench.run("f").status == .running, "it waits until its time is over")
        try bench.advance(by: .hours(1))
        #expect(try bench.run("f").output == .null)
    }

    @Test func freesTheNameWhenTheRunEnds() throws {
        try define("f", on: "e")
        try start("e")
        try bench.perform(CancelRun(try bench.run("f").id))
        #expect(try bench.perform(SendSignal("paid/7", data: 1)) == nil)
        try start("e")
        #expect(try bench.perform(SendSignal("paid/7", data: 1)) == bench.runs("f").last?.id)
    }

    @Test func twoInOneTransactionFindEachOther() throws {
        try define("f", on: "e")
        try define("g", on: "e")
        try bench.send("e")
        let calls = [try bench.take("f"), try bench.take("g")]
        bench.execute(
            bench.answer(calls[0], bench.scripted(calls[0])), bench.answer(calls[1], bench.scripted(calls[1])))
        try bench.settle()
        #expect(try bench.run("f").status == .running)
        #expect(try bench.run("g").status == .failed)
    }
}
