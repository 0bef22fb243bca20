import JSON
import Testing
import Wire

@testable import Engine

@Suite struct SleepTests {
    let bench: Bench

    init() throws { bench = try Bench() }

    private func start(sleeping text: String) throws -> Run {
        try bench.define("f", on: "e", plan: [.sleep("nap", text), .run("after")])
        try bench.send("e")
        try bench.settle()
        return try bench.run("f")
    }

    @Test(arguments: [
        ("3d", Duration.days(3)), ("1h30m", .minutes(90)), ("1.5s", .milliseconds(1500)), ("250ms", .milliseconds(250)),
        ("1w", .days(7)), ("2026-01-02T00:00:00Z", .days(1)), ("2026-01-01T01:00:00+00:30", .minutes(30)),
        ("2026-01-01T00:00:00.500Z", .milliseconds(500)), ("366d", .days(366)),
    ])
    func sleepsAsLongAsItSays(text: String, duration: Duration) throws {
        let run = try start(sleeping: text)
        #expect(bench.executed[run.id] == nil)
        try bench.advance(by: duration - .milliseconds(1))
        #expect(bench.executed[run.id] == nil)
        #expect(try bench.run("f").status == .running)
        try bench.advance(by: .milliseconds(1))
        #expect(bench.executed[run.id] == [StepID("after")])
        #expect(try bench.value("nap", run) == .null)
        #expect(try bench.run("f").status == .completed)
    }

    @Test(arguments: ["2020-01-01T00:00:00Z", "", "0s"])
    func doesNotSleepForThePast(text: String) throws {
        let run = try start(sleeping: text)
        #expect(run.status == .completed)
        #expect(try bench.steps(run) == ["nap", "after"])
    }

    @Test(arguments: [
        ("366d1ms", "InngestErrTimeoutTooLong"), ("2028-01-01T00:00:00Z", "InngestErrTimeoutTooLong"),
        ("soon", "InvalidStep"), ("-5s", "InvalidStep"), ("2026-02-30T00:00:00Z", "InvalidStep"),
    ])
    func failsForWhatIsNoSleep(text: String, error: String) throws {
        let run = try start(sleeping: text)
        #expect(run.status == .failed)
        #expect(run.output?["name"]?.string == error)
        #expect(run.output?["message"]?.string?.contains("nap") == true)
        #expect(try bench.kinds(run).filter { $0 == .call }.count == 1, "one entry for one call")
        try bench.expectNothingLeft(of: run)
    }

    @Test func prefersTheOptionToTheLegacyName() throws {
        try bench.define("f", triggers: [["event": "e"]]) { _ in .returned(.null) }
        try bench.send("e")
        try bench.perform(
            bench.answer(try bench.take(), Op(.sleep, id: StepID("a"), name: "my nap", options: ["duration": "5m"])))
        #expect(bench.engine.nextDue(hasRoom: true) == bench.now + .minutes(5))
    }

    @Test func wakesManyAtOnce() throws {
        try bench.define("f", on: "e", plan: [.sleep("nap", "1h")])
        bench.execute(IngestEvents(Array(repeating: ["name": "e"], count: 450)))
        try bench.advance(by: .hours(1))
        #expect(try bench.runs("f").allSatisfy { $0.status == .completed })
    }
}
