/// Reads times and durations.
struct TimeText {
    private let bytes: [UInt8]
    private var position = 0

    private init(_ text: Text) {
        bytes = Array(text.utf8)
    }

    /// RFC 3339: `2026-11-23T12:31:29.5+01:00`.
    static func timestamp(_ text: Text) throws(Fault) -> Instant {
        var reader = TimeText(text)
        guard let instant = try reader.rfc3339(separators: "Tt", needsZone: true), reader.isAtEnd else {
            throw Fault("'\(text.string.prefix(60))' is no timestamp such as '2026-11-23T12:00:00Z'")
        }
        return instant
    }

    /// A looser form of it: date alone, a blank in place of the T, no seconds, no zone.
    static func looseTimestamp(_ text: Text) throws(Fault) -> Instant? {
        var reader = TimeText(text)
        guard let instant = try reader.rfc3339(separators: "Tt ", needsZone: false), reader.isAtEnd else { return nil }
        return instant
    }

    /// `1h30m`, `1.5s`, `-250ms`; in the dialect also `2d` and `1w`.
    static func duration(_ text: Text, allowsDays: Bool) throws(Fault) -> Span {
        var reader = TimeText(text)
        guard let nanoseconds = try reader.duration(allowsDays: allowsDays), reader.isAtEnd else {
            throw Fault("'\(text.string.prefix(60))' is no duration such as '1h30m' or '1.5s'")
        }
        return Span(nanoseconds: nanoseconds)
    }

    /// `+01:00`, `-02:30` or `02:00`, in seconds.
    static func offset(_ text: Text) -> Int64? {
        var reader = TimeText(text)
        let isNegative = reader.peek("-")
        _ = reader.take("+-")
        guard let hours = reader.number(2), reader.take(":"), let minutes = reader.number(2), reader.isAtEnd,
            hours < 24, minutes < 60
        else { return nil }
        return (isNegative ? -1 : 1) * (hours * 3600 + minutes * 60)
    }

    // MARK: Parts

    private mutating func rfc3339(separators: String, needsZone: Bool) throws(Fault) -> Instant? {
        guard let year = number(4), take("-"), let month = number(2), take("-"), let day = number(2) else { return nil }
        var time = CivilTime(year: year, month: month, day: day)
        var (nanoseconds, offset): (Int64, Int64) = (0, 0)
        if take(separators) {
            guard let fraction = clock(into: &time, needsSeconds: needsZone), let zone = zone(isNeeded: needsZone)
            else {
                return nil
            }
            (nanoseconds, offset) = (fraction, zone)
        } else if needsZone {
            return nil
        }
        guard time.isValid else { return nil }
        return try Instant(seconds: time.secondsSince1970 - offset, nanoseconds: nanoseconds)
    }

    /// Reads the time of day. Returns its nanoseconds.
    private mutating func clock(into time: inout CivilTime, needsSeconds: Bool) -> Int64? {
        guard let hour = number(2), take(":"), let minute = number(2) else { return nil }
        (time.hour, time.minute) = (hour, minute)
        guard take(":") else { return needsSeconds ? nil : 0 }
        guard let second = number(2) else { return nil }
        time.second = second
        return take(".") ? fraction() : 0
    }

    /// Reads the offset from UTC, in seconds.
    private mutating func zone(isNeeded: Bool) -> Int64? {
        if take("Zz") { return 0 }
        let isNegative = peek("-")
        guard take("+-") else { return isNeeded ? nil : 0 }
        guard let hours = number(2), take(":"), let minutes = number(2) else { return nil }
        return (isNegative ? -1 : 1) * (hours * 3600 + minutes * 60)
    }

    /// Digits after the point, as nanoseconds; further ones are cut off.
    private mutating func fraction() -> Int64? {
        var (value, count): (Int64, Int) = (0, 0)
        while position < bytes.count, bytes[position] &- 48 < 10 {
            if count < 9 { value = value * 10 + Int64(bytes[position] - 48) }
            count += 1
            position += 1
        }
        guard count > 0 else { return nil }
        for _ in min(count, 9)..<9 { value *= 10 }
        return value
    }

    private mutating func duration(allowsDays: Bool) throws(Fault) -> Int64? {
        let isNegative = peek("-")
        _ = take("+-")
        if peek("0"), position + 1 == bytes.count {
            position += 1
            return 0
        }
        guard !isAtEnd else { return nil }
        var total: Int64 = 0
        while !isAtEnd {
            guard let part = try durationPart(allowsDays: allowsDays) else { return nil }
            let (sum, overflow) = total.addingReportingOverflow(isNegative ? -part : part)
            guard !overflow else { throw Span.outOfRange }
            total = sum
        }
        return total
    }

    private mutating func durationPart(allowsDays: Bool) throws(Fault) -> Int64? {
        let start = position
        var whole: Int64 = 0
        while position < bytes.count, bytes[position] &- 48 < 10 {
            let (product, overflow) = whole.multipliedReportingOverflow(by: 10)
            let (sum, overflow2) = product.addingReportingOverflow(Int64(bytes[position] - 48))
            guard !overflow, !overflow2 else { throw Span.outOfRange }
            whole = sum
            position += 1
        }
        let hasWhole = position > start
        let fraction = take(".") ? self.fraction() : nil
        guard hasWhole || fraction != nil, let unit = unit(allowsDays: allowsDays) else { return nil }
        let (product, overflow) = whole.multipliedReportingOverflow(by: unit)
        let part = Int64((Double(fraction ?? 0) / 1e9 * Double(unit)).rounded())
        let (sum, overflow2) = product.addingReportingOverflow(part)
        guard !overflow, !overflow2 else { throw Span.outOfRange }
        return sum
    }

    private mutating func unit(allowsDays: Bool) -> Int64? {
        let units: [(String, Int64)] = [
            ("ns", 1), ("us", 1_000), ("µs", 1_000), ("μs", 1_000), ("ms", 1_000_000), ("s", 1_000_000_000),
            ("m", 60_000_000_000), ("h", 3_600_000_000_000), ("d", 86_400_000_000_000), ("w", 604_800_000_000_000),
        ]
        for (name, length) in units where allowsDays || length < 86_400_000_000_000 {
            let utf8 = Array(name.utf8)
            if bytes[position...].starts(with: utf8) {
                position += utf8.count
                return length
            }
        }
        return nil
    }

    // MARK: Reading

    private var isAtEnd: Bool { position == bytes.count }

    private func peek(_ characters: String) -> Bool {
        position < bytes.count && characters.utf8.contains(bytes[position])
    }

    private mutating func take(_ characters: String) -> Bool {
        guard peek(characters) else { return false }
        position += 1
        return true
    }

    private mutating func number(_ count: Int) -> Int64? {
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
