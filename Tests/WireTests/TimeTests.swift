import Testing
import Wire

@Suite("Times on the wire")
struct TimeTests {
    @Test(
        "Time strings are read",
        arguments: [
            ("1s", 1000), ("90m", 5_400_000), ("1d", 86_400_000), ("2w", 1_209_600_000), ("1d2h30m", 95_400_000),
            ("1.5s", 1500), ("250ms", 250), ("1m30s", 90_000), ("0s", 0), ("1000us", 1), ("1000µs", 1), ("1ns", 1),
        ])
    func reads(text: String, milliseconds: Int64) {
        #expect(TimeString.parse(text)?.milliseconds == milliseconds)
    }

    @Test(
        "What is no time string is not read",
        arguments: ["", "1", "s", "-1s", "1x", "1 s", "1s2", "1.2.3s", "1e3s", "99999999999w"])
    func refuses(text: String) {
        #expect(TimeString.parse(text) == nil)
    }

    @Test(
        "Durations are written from the largest whole unit down, rounded up to milliseconds",
        arguments: [
            (Duration.zero, "0s"), (.seconds(-5), "0s"), (.seconds(60), "1m"), (.seconds(86_400 * 10), "10d"),
            (.seconds(5400), "1h30m"), (.milliseconds(250), "250ms"), (.milliseconds(1500), "1s500ms"),
            (.nanoseconds(1), "1ms"),
        ])
    func writes(duration: Duration, text: String) {
        #expect(TimeString.format(duration) == text)
    }

    @Test("What is written is read back", arguments: [1, 999, 1000, 61_001, 86_400_000, 694_861_001] as [Int64])
    func roundTrip(milliseconds: Int64) {
        #expect(TimeString.parse(TimeString.format(.milliseconds(milliseconds)))?.milliseconds == milliseconds)
    }

    @Test(
        "RFC 3339 is read with fractions and offsets",
        arguments: [
            ("1970-01-01T00:00:00Z", 0), ("2023-11-14T22:13:20Z", 1_700_000_000_000),
            ("2023-11-14T22:13:20.5Z", 1_700_000_000_500), ("2023-11-14T22:13:20.123456789Z", 1_700_000_000_123),
            ("2023-11-14T23:13:20+01:00", 1_700_000_000_000), ("2023-11-14T16:43:20-05:30", 1_700_000_000_000),
            ("2023-11-14 22:13:20z", 1_700_000_000_000), ("1969-12-31T23:59:59.999Z", -1),
            ("2024-02-29T00:00:00Z", 1_709_164_800_000),
        ] as [(String, Int64)])
    func rfc3339(text: String, milliseconds: Int64) {
        #expect(Timestamp(rfc3339: text)?.milliseconds == milliseconds)
    }

    @Test(
        "What is no RFC 3339 is not read",
        arguments: [
            "", "2023", "2023-11-14", "2023-11-14T22:13Z", "2023-11-14T22:13:20", "2023-13-14T22:13:20Z",
            "2023-11-14T24:13:20Z", "2023-11-14T22:60:20Z", "2023-11-14T22:13:20.Z", "2023-11-14T22:13:20Zx",
            "2023-02-30T00:00:00Z", "2023-02-29T00:00:00Z", "2023-04-31T00:00:00Z", "2023-11-14T22:13:20+24:00",
            "2023-11-14T22:13:20+01:60",
        ])
    func noRFC3339(text: String) {
        #expect(Timestamp(rfc3339: text) == nil)
    }

    @Test(
        "Times are written as RFC 3339 in UTC, and read back",
        arguments: [
            (0, "1970-01-01T00:00:00.000Z"), (1_700_000_000_500, "2023-11-14T22:13:20.500Z"),
            (-1, "1969-12-31T23:59:59.999Z"), (951_782_400_000, "2000-02-29T00:00:00.000Z"),
        ] as [(Int64, String)])
    func written(milliseconds: Int64, text: String) {
        #expect(Timestamp(milliseconds: milliseconds).description == text)
        #expect(Timestamp(rfc3339: text)?.milliseconds == milliseconds)
    }

    @Test("Adding rounds up and saturates") func adding() {
        #expect((Timestamp(milliseconds: 1) + .nanoseconds(1)).milliseconds == 2)
        #expect((Timestamp(milliseconds: .max) + .seconds(1)).milliseconds == .max)
        #expect(Timestamp(milliseconds: 3000) - Timestamp(milliseconds: 1000) == .seconds(2))
    }

    @Test("No pair of times is too far apart for the length between them") func subtracting() {
        let (first, last) = (Timestamp(milliseconds: .min), Timestamp(milliseconds: .max))
        #expect((last - first).milliseconds == .max)
        #expect((first - last).milliseconds == .min)
        #expect(Duration.seconds(1e20).milliseconds == .max)
        #expect(Duration.seconds(-1e20).milliseconds == .min)
        #expect(Duration.nanoseconds(-1_500_000).milliseconds == -1)
    }

    @Test("HTTP dates are read") func httpDates() {
        #expect(HTTPDate.parse("Tue, 14 Nov 2023 22:13:20 GMT")?.milliseconds == 1_700_000_000_000)
        #expect(HTTPDate.parse("Tue, 14 Nov 2023 22:13:20 +0000")?.milliseconds == 1_700_000_000_000)
        for text in [
            "", "14 Nov 2023 22:13:20 GMT", "Tue, 14 Nov 2023 22:13:20 CET", "Tue, 14 Foo 2023 22:13:20 GMT",
            "Tue, 32 Nov 2023 22:13:20 GMT", "Tue, 31 Nov 2023 22:13:20 GMT", "Tue, 14 Nov 2023 22:13 GMT",
            "Tue, 14 Nov 2023 25:13:20 GMT",
        ] { #expect(HTTPDate.parse(text) == nil, "\(text)") }
    }

    @Test(
        "Retry-After is seconds up to seven digits, or a date",
        arguments: [
            ("0", .delay(.zero)), ("90", .delay(.seconds(90))), (" 9999999", .delay(.seconds(9_999_999))),
            ("12345678", nil), ("-1", nil), ("soon", nil), ("", nil),
            ("2023-11-14T22:13:20Z", .time(Timestamp(milliseconds: 1_700_000_000_000))),
            ("Tue, 14 Nov 2023 22:13:20 GMT", .time(Timestamp(milliseconds: 1_700_000_000_000))),
        ] as [(String, RetryAfter?)])
    func retryAfter(header: String, expected: RetryAfter?) {
        #expect(RetryAfter(header) == expected)
    }
}
