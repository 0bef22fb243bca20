/// Durations as the protocol writes them: a sequence of decimal and unit, such as `1d2h30m` or `1.5s`.
///
/// Units are `ns`, `us`, `µs`, `ms`, `s`, `m`, `h`, `d` (24 hours) and `w` (7 days).
package enum TimeString {
    /// Reads a duration. Nil where the text is none, or is beyond what a `Duration` in nanoseconds holds.
    package static func parse(_ text: String) -> Duration? {
        var rest = Substring(text)
        var nanoseconds = 0.0
        guard !rest.isEmpty else { return nil }
        while !rest.isEmpty {
            let number = rest.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
            rest = rest.dropFirst(number.count)
            let unit = rest.prefix { !($0.isASCII && ($0.isNumber || $0 == ".")) }
            rest = rest.dropFirst(unit.count)
            guard let value = Double(number), let factor = nanosecondsPerUnit[String(unit)] else { return nil }
            nanoseconds += value * factor
        }
        guard nanoseconds < Double(longest) * 1e6 else { return nil }
        return .nanoseconds(Int64(nanoseconds.rounded()))
    }

    /// In milliseconds: 285 years.
    private static let longest: Int64 = 9_000_000_000_000

    /// Writes a duration from its largest whole unit down to milliseconds, rounded up: `3d`, `1h30m`, `250ms`. One that
    /// is too long to be read is written as the longest that can be.
    package static func format(_ duration: Duration) -> String {
        var rest = min(max(0, duration.milliseconds), longest - 1)
        guard rest > 0 else { return "0s" }
        var text = ""
        for (unit, milliseconds) in unitsDescending where rest >= milliseconds {
            text += "\(rest / milliseconds)\(unit)"
            rest %= milliseconds
        }
        return text
    }

    private static let unitsDescending: [(String, Int64)] = [
        ("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1),
    ]

    private static let nanosecondsPerUnit: [String: Double] = [
        "ns": 1, "us": 1e3, "µs": 1e3, "μs": 1e3, "ms": 1e6, "s": 1e9,
        "m": 60e9, "h": 3600e9, "d": 86_400e9, "w": 604_800e9,
    ]
}
