import JSON
import Testing

@testable import Expressions

@Suite("Times and durations")
struct TimeTests {
    @Test(
        "date() reads",
        arguments: [
            ("'2026-11-23'", "2026-11-23T00:00:00Z"), ("'2026-11-23 12:30'", "2026-11-23T12:30:00Z"),
            ("'2026-11-23T12:30:15.25'", "2026-11-23T12:30:15.25Z"),
            ("'2026-11-23T12:30:15+02:00'", "2026-11-23T10:30:15Z"),
            ("'Mon, 23 Nov 2026 12:30:00 GMT'", "2026-11-23T12:30:00Z"),
            ("'Mon, 23 Nov 2026 12:30:00 -0500'", "2026-11-23T17:30:00Z"),
            ("'Nov 23, 2026'", "2026-11-23T00:00:00Z"), ("'23 November 2026 06:07'", "2026-11-23T06:07:00Z"),
            ("'11/23/2026'", "2026-11-23T00:00:00Z"), ("'2026/11/23 01:02:03'", "2026-11-23T01:02:03Z"),
            ("1764000000", "2025-11-24T16:00:00Z"), ("1764000000000", "2025-11-24T16:00:00Z"),
            ("'1764000000'", "2025-11-24T16:00:00Z"), ("1764000000.5", "2025-11-24T16:00:00.5Z"),
            ("-1", "1969-12-31T23:59:59Z"), ("0", "1970-01-01T00:00:00Z"), ("'2024-02-29'", "2024-02-29T00:00:00Z"),
        ])
    func dates(source: String, expected: String) throws {
        #expect(try value("date(\(source))") == JSON.string(expected))
    }

    @Test(
        "date() refuses",
        arguments: [
            "''", "'soon'", "'2026-13-01'", "'2025-02-29'", "'2026-11-23T25:00'", "'11/23'", "1e300", "true", "[1]",
            "'2026-11-23 2026-11-24'", "'11/23/9223372036854775807'", "'0000-01-01'",
        ])
    func badDates(source: String) {
        #expect(throws: ExpressionError.self) { try value("date(\(source))") }
    }

    @Test(
        "Durations",
        arguments: [
            ("duration('1h30m')", "5400s"), ("duration('1.5s')", "1.5s"), ("duration('-250ms')", "-0.25s"),
            ("duration('1us1ns')", "0.000001001s"), ("duration('0')", "0s"), ("duration('1d')", "86400s"),
            ("duration('1w2d')", "777600s"), ("duration(90)", "90s"), ("date(60) - date(0)", "60s"),
        ])
    func durations(source: String, expected: String) throws {
        #expect(try value(source) == JSON.string(expected))
    }

    @Test("Days are the dialect's own")
    func strictDurations() throws {
        let strict = try Expression.compile("duration('1d') == duration('24h')", mode: .strict)
        #expect(throws: ExpressionError.self) { try strict.matches(event: nil, now: 0) }
    }

    @Test(
        "Zones, with their summer times",
        arguments: [
            ("date('2026-07-01T12:00:00Z').getHours('Europe/Berlin')", 14),
            ("date('2026-12-01T12:00:00Z').getHours('Europe/Berlin')", 13),
            ("date('2026-03-08T09:59:59Z').getHours('America/Los_Angeles')", 1),
            ("date('2026-03-08T10:00:00Z').getHours('America/Los_Angeles')", 3),
            ("date('2026-12-31T23:30:00Z').getFullYear('+01:00')", 2027),
            ("date('2026-01-01').getDayOfWeek()", 4), ("date('2026-12-31').getDayOfYear()", 364),
        ])
    func zones(source: String, expected: Int) throws {
        #expect(try value(source).int == expected)
    }

    @Test("The clock is the one that is given")
    func clock() throws {
        #expect(
            try value("[now(), now_plus('1h'), now_minus(duration('1s'))]", now: 1_000).text == """
                ["1970-01-01T00:00:01Z","1970-01-01T01:00:01Z","1970-01-01T00:00:00Z"]
                """)
    }

    private func value(_ source: String, now: Int64 = 0) throws -> JSON {
        try Expression.compile(source).value(event: nil, now: now)
    }
}
