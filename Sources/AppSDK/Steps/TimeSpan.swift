import Wire

/// A length of time in whole milliseconds. A day has 24 hours, a week 7 days: calendars play no part.
public struct TimeSpan: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The length as the standard library writes it.
    public let duration: Duration

    /// A length from the standard library's type, rounded up to a millisecond.
    public init(_ duration: Duration) {
        self.duration = .milliseconds(duration.milliseconds)
    }

    /// Milliseconds.
    public static func milliseconds(_ count: some BinaryInteger) -> TimeSpan { TimeSpan(.milliseconds(count)) }
    /// Seconds.
    public static func seconds(_ count: some BinaryInteger) -> TimeSpan { TimeSpan(.seconds(count)) }
    /// Seconds.
    public static func seconds(_ count: Double) -> TimeSpan { TimeSpan(.seconds(count)) }
    /// Minutes.
    public static func minutes(_ count: some BinaryInteger) -> TimeSpan { seconds(Int64(count) * 60) }
    /// Minutes.
    public static func minutes(_ count: Double) -> TimeSpan { seconds(count * 60) }
    /// Hours.
    public static func hours(_ count: some BinaryInteger) -> TimeSpan { seconds(Int64(count) * 3600) }
    /// Hours.
    public static func hours(_ count: Double) -> TimeSpan { seconds(count * 3600) }
    /// Days of 24 hours.
    public static func days(_ count: some BinaryInteger) -> TimeSpan { seconds(Int64(count) * 86_400) }
    /// Days of 24 hours.
    public static func days(_ count: Double) -> TimeSpan { seconds(count * 86_400) }
    /// Weeks of 7 days.
    public static func weeks(_ count: some BinaryInteger) -> TimeSpan { seconds(Int64(count) * 604_800) }

    /// The shorter comes first.
    public static func < (left: TimeSpan, right: TimeSpan) -> Bool { left.duration < right.duration }

    /// Both, one after the other.
    public static func + (left: TimeSpan, right: TimeSpan) -> TimeSpan { TimeSpan(left.duration + right.duration) }
    /// What is left of the first without the second.
    public static func - (left: TimeSpan, right: TimeSpan) -> TimeSpan { TimeSpan(left.duration - right.duration) }

    /// The length as the protocol writes it: `3d`, `1h30m`, `250ms`.
    public var description: String { TimeString.format(duration) }
}
