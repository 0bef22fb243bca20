/// One of the five fields of a cron schedule: which values it may hold and what they are called.
struct CronField: Sendable {
    let name: String
    let range: ClosedRange<Int>
    /// Names for values, in lower case, from the lower bound of the range.
    var valueNames: [String] = []

    static let minute = CronField(name: "minute", range: 0...59)
    static let hour = CronField(name: "hour", range: 0...23)
    static let dayOfMonth = CronField(name: "day of month", range: 1...31)
    static let month = CronField(
        name: "month", range: 1...12,
        valueNames: ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"])
    /// Seven is a second name for Sunday, as in every Unix cron.
    static let dayOfWeek = CronField(
        name: "day of week", range: 0...7, valueNames: ["sun", "mon", "tue", "wed", "thu", "fri", "sat"])

    /// Reads a field: a list of values, ranges and steps.
    func parse(_ text: Substring) throws(InvalidCron) -> CronValues {
        var values = CronValues()
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let (selection, isEverything) = try parse(part: part, of: text)
            values.bits |= selection
            values.isEverything = values.isEverything || isEverything
        }
        return values
    }

    private func parse(part: Substring, of text: Substring) throws(InvalidCron) -> (bits: UInt64, isEverything: Bool) {
        let pieces = part.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        let step = pieces.count == 2 ? Int(pieces[1]) : 1
        guard let step, step > 0 else {
            throw invalid(text, "'\(pieces[1])' is no step; a step is a whole number from 1, as in */5")
        }
        let isStar = pieces[0] == "*" || pieces[0] == "?"
        let selected = try isStar ? starRange : bounds(pieces[0], openEnded: pieces.count == 2, of: text)
        var bits: UInt64 = 0
        for value in stride(from: selected.lowerBound, through: selected.upperBound, by: min(step, 64)) {
            bits |= 1 << UInt64(value)
        }
        return (bits, isStar && step == 1)
    }

    /// `5`, `mon-fri`; `5/10` counts on from 5 to the end.
    private func bounds(
        _ text: Substring, openEnded: Bool, of field: Substring
    ) throws(InvalidCron) -> ClosedRange<Int> {
        let ends = text.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
        let first = try value(ends[0], of: field)
        guard ends.count == 2 else { return first...(openEnded ? max(first, starRange.upperBound) : first) }
        let last = try value(ends[1], of: field)
        guard first <= last else { throw invalid(field, "the range '\(text)' runs backwards") }
        return first...last
    }

    private func value(_ text: Substring, of field: Substring) throws(InvalidCron) -> Int {
        if let index = valueNames.firstIndex(of: text.lowercased()) { return range.lowerBound + index }
        let isNumber = !text.isEmpty && text.utf8.allSatisfy { $0 &- 48 < 10 }
        guard isNumber, let value = Int(text), range.contains(value) else {
            throw invalid(field, "'\(text)' is none of the values \(allowed)")
        }
        return value
    }

    /// What `*` stands for: each value once, so without the second name of Sunday.
    private var starRange: ClosedRange<Int> {
        valueNames.isEmpty ? range : range.lowerBound...(range.lowerBound + valueNames.count - 1)
    }

    private var allowed: String {
        let numbers = "\(range.lowerBound)-\(range.upperBound)"
        guard let first = valueNames.first, let last = valueNames.last else { return numbers }
        return "\(numbers) or \(first)-\(last)"
    }

    private func invalid(_ field: Substring, _ reason: String) -> InvalidCron {
        InvalidCron("cron: the field '\(name)' holds '\(field)': \(reason)")
    }
}

/// The values that a field selects, one bit each.
package struct CronValues: Hashable, Sendable {
    var bits: UInt64 = 0
    /// Whether the field was left open with `*` or `?`: then it doesn't take part in "this day or that weekday".
    package var isEverything = false

    package func contains(_ value: Int) -> Bool { bits & 1 << UInt64(value) != 0 }

    /// The first selected value that isn't below a bound.
    package func first(from bound: Int) -> Int? {
        guard bound < 64 else { return nil }
        let rest = bits >> UInt64(bound)
        return rest == 0 ? nil : bound + rest.trailingZeroBitCount
    }
}
