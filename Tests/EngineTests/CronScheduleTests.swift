import Testing
import Wire

@testable import Engine

@Suite struct CronScheduleTests {
    @Test func theTablesAreWhole() {
        #expect(CronVector.activation.count == 29)
        #expect(CronVector.next.count == 62)
        #expect(CronVector.invalid.count == 4)
        // The six that are left out have seconds other than 0.
        #expect(CronVector.next.filter { $0.inMinutes == nil }.count == 6)
    }

    @Test(arguments: CronVector.activation)
    func firesAtThisTime(_ vector: CronVector) throws {
        let schedule = try CronSchedule(vector.spec, allowsDescriptors: true)
        let next = schedule.next(after: Timestamp(milliseconds: vector.time.milliseconds - 1))
        #expect((next == vector.time) == vector.fires)
    }

    @Test(arguments: CronVector.next.compactMap(\.inMinutes))
    func findsTheNextTick(_ vector: CronVector) throws {
        #expect(try CronSchedule(vector.spec).next(after: vector.time) == vector.next)
    }

    @Test(arguments: CronVector.invalid)
    func refusesWhatUpstreamRefuses(_ spec: String) {
        #expect(throws: InvalidCron.self) { try CronSchedule(spec) }
    }

    @Test(arguments: [
        ("61 * * * *", "cron: the field 'minute' holds '61': '61' is none of the values 0-59"),
        (
            "0 9 * * mon,xyz",
            "cron: the field 'day of week' holds 'mon,xyz': 'xyz' is none of the values 0-7 or sun-sat"
        ),
        ("0 9 20-10 * *", "cron: the field 'day of month' holds '20-10': the range '20-10' runs backwards"),
        ("0 9 * 1-2-3 *", "cron: the field 'month' holds '1-2-3': '2-3' is none of the values 1-12 or jan-dec"),
        (
            "*/0 * * * *",
            "cron: the field 'minute' holds '*/0': '0' is no step; a step is a whole number from 1, as in */5"
        ),
        ("0 9 * *", "cron: '0 9 * *' has 4 fields; five are expected: minute, hour, day of month, month, day of week"),
        ("", "cron: '' has 0 fields; five are expected: minute, hour, day of month, month, day of week"),
        ("@daily", "cron: the descriptor '@daily' is not taken here; write '0 0 * * *'"),
        (
            "@often",
            "cron: the descriptor '@often' is not taken here; five fields are expected, such as '0 9 * * mon-fri'"
        ),
        (
            "TZ=Mars/Olympus * * * * *",
            "cron: 'Mars/Olympus' is no time zone; an IANA name such as Europe/Paris is expected"
        ),
        ("1,,2 * * * *", "cron: the field 'minute' holds '1,,2': '' is none of the values 0-59"),
        ("+1 * * * *", "cron: the field 'minute' holds '+1': '+1' is none of the values 0-59"),
    ])
    func saysWhatIsWrong(_ spec: String, _ message: String) {
        let error = #expect(throws: InvalidCron.self) { try CronSchedule(spec) }
        #expect(error?.description == message)
    }

    @Test(arguments: [
        "GMT+3", "GMT+03:00", "GMT-0330", "UTC+2", "+03:00", "GMT0400", "BST", "PST", "IST", "SystemV/PST8", "",
        "PST8PDT7", "europe/paris", "EUROPE/PARIS",
        "../UTC", "Europe", "posix/UTC", "right/UTC", "Europe/Paris/", "Etc/GMT+15",
    ])
    func takesNothingForAZoneThatIsNoName(_ zone: String) {
        #expect(throws: InvalidCron.self) { try CronSchedule("TZ=\(zone) 0 9 * * *") }
    }

    @Test(arguments: [
        "UTC", "GMT", "Etc/GMT-14", "Etc/UTC", "Europe/Paris", "America/Argentina/Buenos_Aires", "Asia/Calcutta",
        "US/Pacific", "EST5EDT", "CET", "Zulu", "GMT0", "W-SU", "America/Port-au-Prince", "Europe/Kyiv",
    ])
    func takesTheNamesOfZones(_ zone: String) throws {
        _ = try CronSchedule("TZ=\(zone) 0 9 * * *")
    }

    @Test func refusesAScheduleThatIsTooLong() {
        let spec = "0 0 * * " + Array(repeating: "1", count: 130).joined(separator: ",")
        #expect(throws: InvalidCron.self) { try CronSchedule(spec) }
    }

    @Test(arguments: ["0 0 * * 7", "0 0 * * 0", "0 0 * * SUN", "0 0 * * 7-7"])
    func sundayHasThreeNames(_ spec: String) throws {
        #expect(try next(spec, after: "2026-11-23T12:00:00Z") == "2026-11-29T00:00:00.000Z")
    }

    @Test func starStepsOverSundayOnce() throws {
        // 0, 2, 4, 6: Saturday the 28th is followed by Sunday the 29th.
        #expect(try next("0 0 * * */2", after: "2026-11-28T00:00:00Z") == "2026-11-29T00:00:00.000Z")
    }

    @Test func aTickIsLaterThanTheTime() throws {
        #expect(try next("* * * * *", after: "2026-11-23T12:31:00Z") == "2026-11-23T12:32:00.000Z")
        #expect(try next("* * * * *", after: "2026-11-23T12:30:59.999Z") == "2026-11-23T12:31:00.000Z")
    }

    @Test func aClockThatIsSetBackTwiceOverMidnightFiresBothTimes() throws {
        // Havana went from 01:00 back to 00:00 on 2024-11-03; 00:30 came at 04:30Z and at 05:30Z.
        let spec = "TZ=America/Havana 30 0 * * *"
        #expect(try next(spec, after: "2024-11-03T04:00:00Z") == "2024-11-03T04:30:00.000Z")
        #expect(try next(spec, after: "2024-11-03T04:30:00Z") == "2024-11-03T05:30:00.000Z")
    }

    @Test func aDayThatAZoneSkippedHasNoTicks() throws {
        // Samoa had no 2011-12-30.
        #expect(try next("TZ=Pacific/Apia 0 12 30 12 *", after: "2011-12-29T00:00:00Z") == "2012-12-29T22:00:00.000Z")
    }

    @Test func timesBeyondTheCalendarHaveNoTick() throws {
        let schedule = try CronSchedule("* * * * *")
        #expect(schedule.next(after: Timestamp(milliseconds: .max)) == nil)
        #expect(schedule.next(after: Timestamp(milliseconds: .min)) == nil)
    }

    @Test func jitterIsSteadyAndSpread() throws {
        let schedule = try CronSchedule("* * * * *")
        let ticks = (0..<200).map { Timestamp(milliseconds: 1_790_000_000_000 + $0 * 60_000) }
        let jitters = ticks.map { schedule.jitter(for: $0, within: .seconds(30), seed: "app-fn") }
        #expect(jitters == ticks.map { schedule.jitter(for: $0, within: .seconds(30), seed: "app-fn") })
        #expect(jitters.allSatisfy { .zero <= $0 && $0 < .seconds(30) })
        #expect(jitters.filter { $0 < .seconds(15) }.count > 60)
        #expect(jitters.filter { $0 >= .seconds(15) }.count > 60)
        #expect(jitters != ticks.map { schedule.jitter(for: $0, within: .seconds(30), seed: "other") })
        #expect(schedule.jitter(for: ticks[0], within: .zero, seed: "app-fn") == .zero)
    }

    private func next(_ spec: String, after time: String) throws -> String? {
        let time = try #require(Timestamp(rfc3339: time))
        return try CronSchedule(spec).next(after: time)?.description
    }
}
