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
        try define("0 * * * *")
        bench.now = bench.now + .hours(30) + .minutes(30)
        try bench.settle()
        #expect(try bench.runs("f").isEmpty)
        #expect(try planned() == [bench.now + .minutes(30)])
        try bench.advance(by: .minutes(30))
        #expect(try bench.runs("f").count == 1)
    }

    @Test(arguments: [(Duration.milliseconds(1), 1), (.seconds(300), 1), (.milliseconds(300_001), 0)])
    func losesNoTickOverARestart(late: Duration, runs: Int) throws {
        try define("0 9 * * *")
        let tick = try planned()[0]
        let restarted = try Bench(seed: 2, store: bench.sqlite)
        restarted.now = tick + late
        try restarted.settle()
        #expect(try restarted.runs("f").count == runs)
        #expect(try restarted.queries.cronItems().map(\.dueAt) == [tick + .days(1)])
    }

    @Test func startsOnceForTheLatestOfTheTicksOfARestart() throws {
        try define("* * * * *")
        let first = try planned()[0]
        bench.now = first + .minutes(3) + .seconds(20)
        try bench.settle()
        #expect(try bench.runs("f").count == 1)
        #expect(
            try bench.events("inngest/scheduled.timer").map { $0.data["scheduledAt"] }
                == [.string((first + .minutes(3)).description)])
        #expect(try planned() == [first + .minutes(4)])
    }

    @Test func ticksOnceWhenTheClockIsSetBack() throws {
        try define("0 * * * *")
        try bench.advance(by: .hours(1) + .minutes(1))
        bench.now = Timestamp(milliseconds: bench.now.milliseconds - 120_000)
        try bench.advance(by: .minutes(10))
        #expect(try bench.runs("f").count == 1)
    }

    // MARK: Jitter

    private func define(_ cron: String, jitter: String) throws {
        try bench.define("f", triggers: [["cron": .string(cron), "jitter": .string(jitter)]]) { _ in .returned(.null) }
    }

    private func ticks(_ bench: Bench) throws -> [(scheduled: Timestamp, fire: Timestamp)] {
        try bench.events("inngest/scheduled.timer").map { event in
            let times = [event.data["scheduledAt"], event.data["fireAt"]]
            let read = times.compactMap { $0?.string.flatMap(Timestamp.init(rfc3339:)) }
            try #require(read.count == 2)
            #expect(event.time == read[1])
            #expect(event.senderID == read[0].description)
            return (read[0], read[1])
        }
    }

    @Test func putsTicksOffByTheirJitter() throws {
        try define("*/15 * * * *", jitter: "30s")
        try bench.advance(by: .hours(24))
        let found = try ticks(bench)
        #expect(found.count >= 95)
        #expect(found.allSatisfy { $0.fire >= $0.scheduled && $0.fire - $0.scheduled < .seconds(30) })
        #expect(Set(found.map { $0.fire - $0.scheduled }).count > 48, "spread")
        #expect(try zip(bench.runs("f"), found).allSatisfy { $0.createdAt == $1.fire })
        let other = try Bench(seed: 77)
        try other.define("f", triggers: [["cron": "*/15 * * * *", "jitter": "30s"]]) { _ in .returned(.null) }
        try other.advance(by: .hours(24))
        #expect(try ticks(other).map(\.fire) == found.map(\.fire), "the same for the same tick")
    }

    @Test func losesNoTickToAJitterLongerThanItsInterval() throws {
        try define("* * * * *", jitter: "5m")
        try bench.advance(by: .hours(1))
        let found = try ticks(bench)
        #expect(found.count >= 58)
        #expect(zip(found, found.dropFirst()).allSatisfy { $1.scheduled - $0.scheduled == .minutes(1) })
    }

    @Test func keepsATickWhoseJitterChanges() throws {
        try define("0 * * * *", jitter: "5m")
        try bench.advance(by: .minutes(59))
        try define("0 * * * *", jitter: "1s")
        try bench.advance(by: .minutes(6))
        let found = try ticks(bench)
        #expect(found.count == 1)
        #expect(found.allSatisfy { $0.fire - $0.scheduled <= .seconds(1) })
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
