/// A point in time from the year 1 to 9999, in nanoseconds.
struct Instant: Hashable, Comparable, Sendable {
    /// Since 1970-01-01T00:00:00Z.
    let seconds: Int64
    /// 0 to 999,999,999.
    let nanoseconds: Int64

    private static let range: ClosedRange<Int64> = -62_135_596_800...253_402_300_799

    init(seconds: Int64, nanoseconds: Int64 = 0) throws(Fault) {
        let (carry, rest) = nanoseconds.quotientAndRemainder(flooredBy: 1_000_000_000)
        let (sum, overflow) = seconds.addingReportingOverflow(carry)
        guard !overflow, Self.range.contains(sum) else { throw Fault("a timestamp outside the years 1 to 9999") }
        self.seconds = sum
        self.nanoseconds = rest
    }

    init(milliseconds: Int64) throws(Fault) {
        let (seconds, rest) = milliseconds.quotientAndRemainder(flooredBy: 1000)
        try self.init(seconds: seconds, nanoseconds: rest * 1_000_000)
    }

    static func < (left: Instant, right: Instant) -> Bool {
        (left.seconds, left.nanoseconds) < (right.seconds, right.nanoseconds)
    }

    func adding(_ span: Span) throws(Fault) -> Instant {
        let (whole, rest) = span.nanoseconds.quotientAndRemainder(flooredBy: 1_000_000_000)
        return try Instant(seconds: seconds + whole, nanoseconds: nanoseconds + rest)
    }

    func since(_ other: Instant) throws(Fault) -> Span {
        let (product, overflow) = (seconds - other.seconds).multipliedReportingOverflow(by: 1_000_000_000)
        let (sum, overflow2) = product.addingReportingOverflow(nanoseconds - other.nanoseconds)
        guard !overflow, !overflow2 else { throw Span.outOfRange }
        return Span(nanoseconds: sum)
    }

    /// RFC 3339 in UTC, with the digits of the fraction that count.
    var text: String {
        let time = CivilTime(secondsSince1970: seconds)
        let date = "\(padded(time.year, 4))-\(padded(time.month, 2))-\(padded(time.day, 2))"
        let clock = "\(padded(time.hour, 2)):\(padded(time.minute, 2)):\(padded(time.second, 2))"
        return "\(date)T\(clock)\(fractionText(nanoseconds))Z"
    }
}

/// A length of time in nanoseconds, up to 292 years either way.
struct Span: Hashable, Comparable, Sendable {
    let nanoseconds: Int64

    static let outOfRange = Fault("a duration beyond 292 years")

    static func < (left: Span, right: Span) -> Bool { left.nanoseconds < right.nanoseconds }

    func adding(_ other: Span) throws(Fault) -> Span {
        let (sum, overflow) = nanoseconds.addingReportingOverflow(other.nanoseconds)
        guard !overflow else { throw Self.outOfRange }
        return Span(nanoseconds: sum)
    }

    func subtracting(_ other: Span) throws(Fault) -> Span {
        let (difference, overflow) = nanoseconds.subtractingReportingOverflow(other.nanoseconds)
        guard !overflow else { throw Self.outOfRange }
        return Span(nanoseconds: difference)
    }

    func negated() throws(Fault) -> Span { try Span(nanoseconds: 0).subtracting(self) }

    /// In seconds, as `1.5s`.
    var text: String {
        let (seconds, rest) = nanoseconds.magnitude.quotientAndRemainder(dividingBy: 1_000_000_000)
        return (nanoseconds < 0 ? "-" : "") + "\(seconds)" + fractionText(Int64(rest)) + "s"
    }
}

/// `.5` for 500,000,000; nothing for 0.
private func fractionText(_ nanoseconds: Int64) -> String {
    guard nanoseconds > 0 else { return "" }
    var digits = padded(nanoseconds, 9)
    while digits.last == "0" { digits.removeLast() }
    return "." + digits
}

func padded(_ number: Int64, _ width: Int) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
}

extension Int64 {
    func quotientAndRemainder(flooredBy divisor: Int64) -> (quotient: Int64, remainder: Int64) {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }
}
