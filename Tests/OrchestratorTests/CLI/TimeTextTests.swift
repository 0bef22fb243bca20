import Testing
import Wire

@testable import Orchestrator

struct TimeTextTests {
    @Test(arguments: [
        (0, "0ms"), (350, "350ms"), (1000, "1s"), (1250, "1.2s"), (9999, "9.9s"), (42_500, "42s"), (60_000, "1m"),
        (80_000, "1m20s"), (3_600_000, "1h"), (7_500_000, "2h5m"), (259_200_000, "3d"), (273_600_000, "3d4h"),
        (-5, "0ms"),
    ])
    func durationsAreShort(milliseconds: Int64, text: String) {
        #expect(DurationText.short(milliseconds: milliseconds) == text)
    }

    private let now = Timestamp(milliseconds: 1_795_435_200_000)

    @Test(arguments: [(0, "now"), (999, "now"), (-1500, "1s ago"), (80_000, "in 1m20s"), (-259_200_000, "3d ago")])
    func relativeTimes(offset: Int64, text: String) {
        #expect(TimeText.relative(Timestamp(milliseconds: now.milliseconds + offset), to: now) == text)
    }

    @Test func absoluteTimesCanBePastedBack() {
        let text = TimeText.absolute(now)
        #expect(text == "2026-11-23 12:00:00.000Z")
        #expect(TimeArgument(argument: text) == .at(now))
    }

    @Test(arguments: [
        ("+3d", 259_200_000), ("1h", -3_600_000), ("now", 0), ("2026-11-23T12:00:01Z", 1000), ("1795435200000", 0),
    ])
    func timesOnTheCommandLine(text: String, offset: Int64) throws {
        let argument = try #require(TimeArgument(argument: text))
        #expect(argument.resolved(now: now).milliseconds == now.milliseconds + offset)
    }

    @Test(arguments: ["", "yesterday", "+", "3", "2026-13-01T00:00:00Z", "+3 days"])
    func otherTimesAreRefused(text: String) {
        #expect(TimeArgument(argument: text) == nil)
    }
}
