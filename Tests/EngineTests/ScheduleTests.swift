import JSON
import Testing
import Wire

@testable import Engine

@Suite struct ScheduleTests {
    let bench: Bench

    init() throws { bench = try Bench() }

    private func define(_ crons: String...) throws {
        try bench.define("f", triggers: crons.map { ["cron": .string($0)] }) { _ in .returned(.null) }
    }

    private func planned() throws -> [Timestamp] { try bench.queries.cronItems().map(\.dueAt).sorted() }

    @Test func ticks() throws {
        try define("*/15 * * * *")
        try bench.advance(by: .hours(1))
        let runs = try bench.runs("f")
        let start = runs[0].createdAt
        #expect(runs.map(\.createdAt) == [start, start + .minutes(15), start + .minutes(30), start + .minutes(45)])
        #expect(runs.allSatisfy { $0.cron == "*/15 * * * *" && $0.status == .completed })
    }

    @Test func tellsTheFunctionItsTick() throws {
        try define("30 9 * * *")
        try bench.advance(by: .hours(10))
        let event = try #require(try bench.events("inngest/scheduled.timer").first)
        #expect(event.data["cron"] == "30 9 * * *")
        #expect(event.data["scheduledAt"] == "2026-01-01T09:30:00.000Z")
        #expect(event.senderID == "2026-01-01T09:30:00.000Z")
        #expect(event.time == Timestamp(rfc3339: "2026-01-01T09:30:00Z"))
    }

    @Test func startsOnlyItsOwnFunction() throws {
        try define("0 * * * *")
        try bench.define("g", triggers: [["cron": "30 * * * *"]]) { _ in .returned(.null) }
        try bench.advance(by: .hours(1))
        #expect(try bench.runs("f").count == 1)
        #expect(try bench.runs("g").count == 1)
    }

    @Test func keepsATimeZone() throws {
        try define("TZ=Europe/Paris 0 9 * * *")
        #expect(try planned() == [try #require(Timestamp(rfc3339: "2026-01-01T08:00:00Z"))])
    }

    @Test func replansWhatChanged() throws {
        try define("0 * * * *", "30 * * * *")
        #expect(try planned().count == 2)
        try bench.perform(SyncApp(Bench.registration([Bench.function("f", triggers: [["cron": "45 * * * *"]])])))
        #expect(try planned() == [bench.now + .minutes(45)])
        try bench.perform(SyncApp(Bench.registration([Bench.function("f", triggers: [["event": "e"]])])))
        #expect(try planned().isEmpty)
    }

    @Test func stopsForAFunctionThatIsGoneAndGoesOnWhenItIsBack() throws {
        try define("0 * * * *")
        try bench.perform(SyncApp(Bench.registration([])))
        #expect(try planned().isEmpty)
        try bench.advance(by: .hours(3))
        #expect(try bench.runs("f").isEmpty)
        try bench.perform(SyncApp(Bench.registration([Bench.function("f", triggers: [["cron": "0 * * * *"]])])))
        #expect(try planned() == [bench.now + .hours(1)])
    }

    @Test func doesNotPostponeATickWhenTheAppRegistersAgain() throws {
        try define("0 * * * *")
        bench.now = bench.now + .minutes(59)
        try bench.define("g", on: "e", plan: [])
        #expect(try planned() == [bench.now + .minutes(1)])
    }

    @Test func makesNothingUpForTimeThatItMissed() throws {
        try define("*/5 * * * *")
        bench.now = bench.now + .days(1) + .minutes(2)
        try bench.settle()
        #expect(try bench.runs("f").count == 1)
        #expect(try planned() == [bench.now + .minutes(3)])
    }

    @Test func goesOnAfterARestartWithoutTheApp() throws {
        try define("0 * * * *")
        let restarted = try Bench(seed: 2, store: bench.sqlite)
        restarted.now = bench.now
        try restarted.advance(by: .hours(3))
        #expect(try restarted.runs("f").count == 3)
    }

    @Test func ticksOnceForEachOfSeveralSchedules() throws {
        try define("0 12 * * *", "0 */12 * * *")
        try bench.advance(by: .hours(12))
        let crons = try bench.runs("f").compactMap(\.cron)
        #expect(crons.sorted() == ["0 */12 * * *", "0 12 * * *"])
    }
}
