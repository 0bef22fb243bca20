import Foundation

// Numbers of payloads become times and lengths: none of them may end the process, as the plain conversions would.

extension Int64 {
    /// The nearest whole number, saturating. What is no number at all counts as the largest: limits refuse that one,
    /// where any other might pass for what was meant.
    package init(saturating number: Double, rounded rule: FloatingPointRoundingRule = .toNearestOrAwayFromZero) {
        self = Int64(exactly: number.rounded(rule)) ?? (number < 0 ? .min : .max)
    }
}

extension Timestamp {
    /// A date, kept within the years that RFC 3339 can write: 0 to 9999.
    package init(_ date: Date, rounded rule: FloatingPointRoundingRule = .toNearestOrAwayFromZero) {
        let milliseconds = Int64(saturating: date.timeIntervalSince1970 * 1000, rounded: rule)
        self.init(milliseconds: min(max(milliseconds, -62_167_219_200_000), 253_402_300_799_999))
    }
}
