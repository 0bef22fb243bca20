import JSON
import Testing
import Wire

@testable import Engine

@Suite struct CancelTests {
    let bench: Bench

    init() throws { bench = try Bench() }

    @Test func endsARunThatSleeps() throws {
        try bench.define("f", on: "e", plan: [.sleep("nap", "1d"), .run("a")])
        try bench.send("e")
        try bench.settle()
        try bench.perform(CancelRun(try bench.run("f").id))
        try bench.advance(by: .days(2))
        let run = try bench.run("f")
        #expect(run.status == .cancelled)
        #expect(run.output == nil)
        #expect(bench.executed[run.id] == nil)
        #expect(try bench.kinds(run).last == .runCancelled)
        try bench.expectNothingLeft(of: run)
    }

    @Test func endsARunThatHasNotBegun() throws {
        try bench.define("f", on: "e", plan: [])
        try bench.send("e", at: bench.now + .days(1))
        try bench.perform(CancelRun(try bench.run("f").id))
        try bench.advance(by: .days(2))
        let run = try bench.run("f")
        #expect(run.status == .cancelled)
        #expect(run.startedAt == nil)
        #expect(bench.calls.isEmpty)
    }

    @Test func ignoresTheAnswerOfACallInFlight() throws {
        try bench.define("f", on: "e", plan: [])
        try bench.send("e")
        let call = try bench.take()
        try bench.perform(CancelRun(try bench.run("f").id))
        #expect(try bench.perform(bench.answer(call, .returned(1))) == .stale)
        #expect(try bench.run("f").status == .cancelled)
    }

    @Test func winsOrLosesAgainstAnAnswerOfTheSameBatch() throws {
        try bench.define("f", on: "e", plan: [])
        bench.execute(IngestEvents([["name": "e"], ["name": "e"]]))
        let (first, second) = (try bench.take(), try bench.take())
        let batch = bench.execute(
            CancelRun(first.request.runID), bench.answer(first, .returned(1)), bench.answer(second, .returned(1)),
            CancelRun(second.request.runID))
        #expect(throws: Refusal.self) { try batch.outcomes[3].get() }
        #expect(try bench.runs("f").map(\.status) == [.cancelled, .completed])
    }

    @Test func refusesWhatHasEndedOrIsNotThere() throws {
        try bench.define("f", on: "e", plan: [])
        try bench.send("e")
        try bench.settle()
        let run = try bench.run("f")
        let ended = #expect(throws: Refusal.self) { try bench.perform(CancelRun(run.id)) }
        #expect(ended?.reason == .conflict)
        let unknown = #expect(throws: Refusal.self) { try bench.perform(CancelRun(ULID(7))) }
        #expect(unknown?.reason == .notFound)
        #expect(try bench.run("f") == run)
    }

    @Test func isNotUndoneByAnEventThatItsWaitWouldHaveMatched() throws {
        try bench.define("f", on: "e", plan: [.wait("w", event: "go", timeout: "1d")])
        try bench.send("e")
        try bench.settle()
        let run = try bench.run("f")
        bench.execute(CancelRun(run.id), IngestEvents([["name": "go"]]))
        try bench.settle()
        #expect(try bench.run("f").status == .cancelled)
        #expect(try bench.steps(run).isEmpty)
    }
}
