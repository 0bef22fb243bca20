/// What `date()` of the dialect takes: many ways to write a point in time.
enum DateText {
    static func instant(_ value: Value) throws(Fault) -> Instant {
        switch value {
        case .timestamp(let instant): return instant
        case .int(let number): return try unix(number)
        case .uint(let number):
            guard let number = Int64(exactly: number) else { throw Fault("date() of a number that is no Unix time") }
            return try unix(number)
        case .double(let seconds):
            guard seconds.magnitude < 1e15 else { throw Fault("date() of a number that is no Unix time") }
            let milliseconds = seconds.magnitude < Self.firstMillisecond ? seconds * 1000 : seconds
            return try Instant(milliseconds: Int64(milliseconds.rounded()))
        case .string(let text): return try parse(text)
        default: throw .noOverload("date()", value)
        }
    }

    /// Seconds up to here (the year 5138), milliseconds from here on (March 1973).
    private static let firstMillisecond = 100_000_000_000.0

    private static func unix(_ number: Int64) throws(Fault) -> Instant {
        Double(number.magnitude) < firstMillisecond
            ? try Instant(seconds: number) : try Instant(milliseconds: number)
    }

    private static func parse(_ text: Text) throws(Fault) -> Instant {
        if let instant = try TimeText.looseTimestamp(text) { return instant }
        let string = text.string
        if let number = Int64(string) { return try unix(number) }
        if text.utf8.count <= 64, let instant = try words(string) { return instant }
        throw Fault("date() can't read '\(string.prefix(60))'; write it as '2026-11-23T12:00:00Z'")
    }

    private static let months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]

    /// `Mon, 23 Nov 2026 12:31:29 +0100`, `Nov 23, 2026`, `23 November 2026 12:31`, `11/23/2026`, `2026/11/23`.
    private static func words(_ string: String) throws(Fault) -> Instant? {
        var parts = DateParts()
        for word in string.lowercased().split(whereSeparator: { " ,".contains($0) }) {
            guard parts.take(word) else { return nil }
        }
        guard let time = parts.time else { return nil }
        return try Instant(seconds: time.secondsSince1970 - parts.offset)
    }

    /// What the words of a date say, in any order.
    private struct DateParts {
        private var year: Int64?
        private var month: Int64?
        private var day: Int64?
        private var clock: [Int64] = []
        var offset: Int64 = 0

        var time: CivilTime? {
            guard let year, let month, let day else { return nil }
            var time = CivilTime(year: year, month: month, day: day)
            if clock.count >= 2 { (time.hour, time.minute) = (clock[0], clock[1]) }
            if clock.count == 3 { time.second = clock[2] }
            return time.isValid ? time : nil
        }

        mutating func take(_ word: Substring) -> Bool {
            if word.contains(":") { return takeClock(word) }
            if word.contains("/") { return takeSlashed(word) }
            if let number = Int64(word), word.first != "+", word.first != "-" {
                if word.utf8.count == 4, year == nil {
                    year = number
                } else if word.utf8.count <= 2, day == nil {
                    day = number
                } else {
                    return false
                }
                return true
            }
            return takeName(word) || takeOffset(word)
        }

        private mutating func takeName(_ word: Substring) -> Bool {
            guard word.utf8.count >= 3, word.utf8.allSatisfy({ $0 &- 97 < 26 }) else { return false }
            if ["utc", "gmt"].contains(word) { return true }
            if let index = DateText.months.firstIndex(of: String(word.prefix(3))), month == nil {
                month = Int64(index + 1)
                return true
            }
            return ["mon", "tue", "wed", "thu", "fri", "sat", "sun"].contains(word.prefix(3))
        }

        private mutating func takeClock(_ word: Substring) -> Bool {
            let numbers = word.split(separator: ":", omittingEmptySubsequences: false).map { Int64($0) }
            guard clock.isEmpty, (2...3).contains(numbers.count), !numbers.contains(nil) else { return false }
            clock = numbers.compactMap(\.self)
            return true
        }

        private mutating func takeSlashed(_ word: Substring) -> Bool {
            let numbers = word.split(separator: "/", omittingEmptySubsequences: false).map { Int64($0) }
            guard year == nil, numbers.count == 3, let first = numbers[0], let second = numbers[1],
                let third = numbers[2]
            else { return false }
            (year, month, day) = first > 31 ? (first, second, third) : (third, first, second)
            return true
        }

        private mutating func takeOffset(_ word: Substring) -> Bool {
            if word == "z" { return true }
            guard word.utf8.count == 5, let sign = word.first, "+-".contains(sign), let number = Int64(word.dropFirst())
            else { return false }
            offset = (sign == "-" ? -1 : 1) * (number / 100 * 3600 + number % 100 * 60)
            return true
        }
    }
}
