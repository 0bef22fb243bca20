import Foundation

/// When a cron trigger fires: five Unix fields, read on the wall clock of a time zone.
///
/// A tick is every minute whose wall clock time the fields select. So a time that a clock change skips doesn't fire,
/// and one that it repeats fires twice.
package struct CronSchedule: Hashable, Sendable {
    /// The schedule as it was written.
    package let text: String
    package let zone: TimeZone
    package let minutes: CronValues
    package let hours: CronValues
    package let daysOfMonth: CronValues
    package let months: CronValues
    package let daysOfWeek: CronValues

    /// Reads a schedule, such as `TZ=Europe/Paris 0 9 * * mon-fri`; UTC where no zone is named.
    ///
    /// - Parameter allowsDescriptors: whether `@daily` and its like are taken. Registration doesn't take them.
    package init(_ text: String, allowsDescriptors: Bool = false) throws(InvalidCron) {
        guard text.utf8.count <= Self.maximumLength else {
            throw InvalidCron("cron: a schedule of \(text.utf8.count) bytes; at most \(Self.maximumLength) are allowed")
        }
        var words = text.split(whereSeparator: \.isWhitespace)
        self.text = text
        zone = try Self.takeZone(from: &words)
        if let word = words.first, words.count == 1, word.hasPrefix("@") {
            words = try Self.expand(word, allowed: allowsDescriptors)
        }
        guard words.count == 5 else {
            throw InvalidCron(
                "cron: '\(text)' has \(words.count) fields; "
                    + "five are expected: minute, hour, day of month, month, day of week")
        }
        minutes = try CronField.minute.parse(words[0])
        hours = try CronField.hour.parse(words[1])
        daysOfMonth = try CronField.dayOfMonth.parse(words[2])
        months = try CronField.month.parse(words[3])
        var daysOfWeek = try CronField.dayOfWeek.parse(words[4])
        if daysOfWeek.contains(7) { daysOfWeek.bits |= 1 }
        self.daysOfWeek = daysOfWeek
    }

    /// The longest schedule, in bytes.
    package static let maximumLength = 255

    private static func takeZone(from words: inout [Substring]) throws(InvalidCron) -> TimeZone {
        guard let first = words.first, let prefix = ["TZ=", "CRON_TZ="].first(where: first.hasPrefix) else {
            return .gmt
        }
        words.removeFirst()
        let name = String(first.dropFirst(prefix.count))
        guard let zone = TimeZone(iana: name) else {
            throw InvalidCron("cron: '\(name)' is no time zone; an IANA name such as Europe/Paris is expected")
        }
        return zone
    }

    private static func expand(_ descriptor: Substring, allowed: Bool) throws(InvalidCron) -> [Substring] {
        let known = descriptors[String(descriptor)]
        guard allowed, let known else {
            let advice = known.map { "write '\($0)'" } ?? "five fields are expected, such as '0 9 * * mon-fri'"
            throw InvalidCron("cron: the descriptor '\(descriptor)' is not taken here; \(advice)")
        }
        return known.split(separator: " ")
    }

    private static let descriptors = [
        "@yearly": "0 0 1 1 *", "@annually": "0 0 1 1 *", "@monthly": "0 0 1 * *", "@weekly": "0 0 * * 0",
        "@daily": "0 0 * * *", "@midnight": "0 0 * * *", "@hourly": "0 * * * *",
    ]
}

/// Why a schedule is refused: the field at fault, what it holds and what is allowed.
package struct InvalidCron: Error, Hashable, CustomStringConvertible {
    package let description: String

    package init(_ description: String) {
        self.description = description
    }
}
