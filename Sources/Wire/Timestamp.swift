/// A point in time in whole milliseconds since 1970-01-01T00:00:00Z.
package struct Timestamp: Hashable, Comparable, Sendable, CustomStringConvertible {
    package let milliseconds: Int64

    package init(milliseconds: Int64) {
        self.milliseconds = milliseconds
    }

    package static func < (left: Timestamp, right: Timestamp) -> Bool { left.milliseconds < right.milliseconds }

    /// Later by a duration, rounded up to a millisecond so that nothing happens too early. Saturates.
    package static func + (time: Timestamp, duration: Duration) -> Timestamp {
        let (sum, overflow) = time.milliseconds.addingReportingOverflow(duration.milliseconds)
        return Timestamp(milliseconds: overflow ? .max : sum)
    }

    package static func - (left: Timestamp, right: Timestamp) -> Duration {
        .milliseconds(Int128(left.milliseconds) - Int128(right.milliseconds))
    }

    /// RFC 3339 in UTC with milliseconds: `2026-11-23T12:31:29.000Z`.
    package var description: String {
        let (days, inDay) = milliseconds.quotientAndRemainder(flooredBy: 86_400_000)
        let (year, month, day) = CivilDate.from(daysSince1970: days)
        let (seconds, fraction) = inDay.quotientAndRemainder(dividingBy: 1000)
        var text: [UInt8] = []
        text.reserveCapacity(24)
        for (number, width, separator) in [
            (year, 4, "-"), (month, 2, "-"), (day, 2, "T"), (seconds / 3600, 2, ":"), (seconds / 60 % 60, 2, ":"),
            (seconds % 60, 2, "."), (fraction, 3, "Z"),
        ] as [(Int64, Int, Unicode.Scalar)] {
            append(number, width, to: &text)
            text.append(UInt8(ascii: separator))
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// Reads RFC 3339 with any number of fractional digits and any offset; `T` may be a space.
    package init?(rfc3339 text: String) {
        var scan = DigitScanner(bytes: Array(text.utf8))
        guard let year = scan.number(digits: 4), scan.skip("-"), let month = scan.number(digits: 2), scan.skip("-"),
            let day = scan.number(digits: 2), scan.skip("Tt "), let hour = scan.number(digits: 2), scan.skip(":"),
            let minute = scan.number(digits: 2), scan.skip(":"), let second = scan.number(digits: 2),
            CivilDate.isValid(year: year, month: month, day: day), hour < 24, minute < 60, second <= 60
        else { return nil }
        var fraction: Int64 = 0
        if scan.skip(".,") {
            guard let digits = scan.digits() else { return nil }
            fraction = Int64((digits + "00").prefix(3)) ?? 0
        }
        var offset: Int64 = 0
        if !scan.skip("Zz") {
            let negative = scan.peek("-")
            guard scan.skip("+-"), let hours = scan.number(digits: 2) else { return nil }
            _ = scan.skip(":")
            guard let minutes = scan.number(digits: 2), hours < 24, minutes < 60 else { return nil }
            offset = (negative ? -1 : 1) * (hours * 60 + minutes)
        }
        guard scan.isAtEnd else { return nil }
        let days = CivilDate.days(year: year, month: month, day: day)
        let minutes = days * 1440 + hour * 60 + minute - offset
        self.init(milliseconds: (minutes * 60 + second) * 1000 + fraction)
    }
}

extension Duration {
    /// In milliseconds, rounded up, saturating.
    package var milliseconds: Int64 {
        // Not of its components: a duration may have more seconds than those count.
        let (quotient, remainder) = attoseconds.quotientAndRemainder(dividingBy: 1_000_000_000_000_000)
        return Int64(clamping: quotient + (remainder > 0 ? 1 : 0))
    }
}

/// The proleptic Gregorian calendar, by Howard Hinnant's `days_from_civil`.
package enum CivilDate {
    package static func days(year: Int64, month: Int64, day: Int64) -> Int64 {
        let y = month <= 2 ? year - 1 : year
        let era = (y >= 0 ? y : y - 399) / 400
        let yearOfEra = y - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }

    /// Whether the calendar has such a day.
    package static func isValid(year: Int64, month: Int64, day: Int64) -> Bool {
        (1...12).contains(month) && from(daysSince1970: days(year: year, month: month, day: day)) == (year, month, day)
    }

    package static func from(daysSince1970 days: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let z = days + 719_468
        let era = (z >= 0 ? z : z - 146_096) / 146_097
        let dayOfEra = z - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shifted = (5 * dayOfYear + 2) / 153
        let month = shifted < 10 ? shifted + 3 : shifted - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shifted + 2) / 5 + 1)
    }
}

extension Int64 {
    fileprivate func quotientAndRemainder(flooredBy divisor: Int64) -> (Int64, Int64) {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }
}

/// Appends a number with zeros before it.
private func append(_ number: Int64, _ width: Int, to text: inout [UInt8]) {
    let start = text.count
    var rest = number.magnitude
    repeat {
        text.append(UInt8(ascii: "0") + UInt8(rest % 10))
        rest /= 10
    } while rest > 0 || text.count < start + width
    if number < 0 { text.append(UInt8(ascii: "-")) }
    text[start...].reverse()
}

private struct DigitScanner {
    let bytes: [UInt8]
    var position = 0

    var isAtEnd: Bool { position == bytes.count }

    func peek(_ characters: String) -> Bool { position < bytes.count && characters.utf8.contains(bytes[position]) }

    mutating func skip(_ characters: String) -> Bool {
        guard peek(characters) else { return false }
        position += 1
        return true
    }

    mutating func digits() -> String? {
        let start = position
        while position < bytes.count, bytes[position] &- 48 < 10 { position += 1 }
        return position > start ? String(decoding: bytes[start..<position], as: UTF8.self) : nil
    }

    mutating func number(digits count: Int) -> Int64? {
        guard position + count <= bytes.count else { return nil }
        var value: Int64 = 0
        for byte in bytes[position..<position + count] {
            guard byte &- 48 < 10 else { return nil }
            value = value * 10 + Int64(byte - 48)
        }
        position += count
        return value
    }
}
