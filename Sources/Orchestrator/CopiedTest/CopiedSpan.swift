import Wire

/// Spans of time as a test lets them pass.
extension Duration {
    /// In whole seconds, and not less.
    var secondsUp: Duration {
        let whole = milliseconds / 1000
        return .seconds(milliseconds % 1000 > 0 ? whole + 1 : whole)
    }

    /// In whole minutes, and not more.
    var minutesDown: Duration { .seconds(milliseconds / 60_000 * 60) }

    /// Some more, in whole seconds or minutes: in the test it may begin later.
    var andSome: Duration {
        let unit: Int64 = self < .seconds(60) ? 1000 : 60_000
        return .milliseconds(((milliseconds + unit / 2) / unit + 1) * unit)
    }
}

extension SwiftCode {
    /// In the largest unit that needs no fraction.
    static func span(_ duration: Duration) -> String {
        let milliseconds = duration.milliseconds
        for (name, size) in units where milliseconds.isMultiple(of: size) {
            return ".\(name)(\(milliseconds / size))"
        }
        return ".milliseconds(\(milliseconds))"
    }

    private static let units: [(String, Int64)] = [
        ("days", 86_400_000), ("hours", 3_600_000), ("minutes", 60_000), ("seconds", 1000),
    ]

    static func advance(by duration: Duration) -> String { "try await orchestrator.advance(by: \(span(duration)))" }
}
