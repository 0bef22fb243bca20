import Wire

/// A length of time in whole milliseconds. A day has 24 hours, a week 7 days: calendars play no part.
///
/// A length beyond what 64 bits of milliseconds hold becomes the longest there is, and so does what is no number: a
/// payload may say anything, and each limit refuses that.
public struct TimeSpan: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The length as the standard library writes it.
    public let duration: Duration

    /// A length from the standard library's type, rounded up to a millisecond.
    public init(_ duration: Duration) {
        self.duration = .milliseconds(duration.milliseconds)
    }

    /// Milliseconds.
    public static func milliseconds(_ count: some BinaryInteger) -> TimeSpan { whole(count, of: 1) }
    /// Seconds.
    public static func seconds(_ count: some BinaryInteger) -> TimeSpan { whole(count, of: 1000) }
    /// Seconds, to the microsecond, rounded up to a millisecond.
    public static func seconds(_ count: Double) -> TimeSpan {
        TimeSpan(.milliseconds(Int64(saturating: (count * 1_000_000).rounded() / 1000, rounded: .up)))
    }
    /// Minutes.
    public static func minutes(_ count: some BinaryInteger) -> TimeSpan { whole(count, of: 60_000) }
    /// Minutes.
    public static func minutes(_ count: Double) -> TimeSpan { seconds(count * 60) }
    /// Hours.
    public static func hours(_ count: some BinaryInteger) -> TimeSpan { whole(count, of: 3_600_000) }
    /// Hours.
    public static func hours(_ count: Double) -> TimeSpan { seconds(count * 3600) }
    /// Days of 24 hours.
    public static func days(_ count: some BinaryInteger) -> TimeSpan { whole(count, of: 86_400_000) }
    /// Days of 24 hours.
    public static func days(_ count: Double) -> TimeSpan { seconds(count * 86_400) }
    /// Weeks of 7 days.
    public static func weeks(_ count: some BinaryInteger) -> TimeSpan { whole(count, of: 604_800_000) }

    private static func whole(_ count: some BinaryInteger, of milliseconds: Int64) -> TimeSpan {
        TimeSpan(.milliseconds(Int64(clamping: Int128(Int64(clamping: count)) * Int128(milliseconds))))
    }

    /// The shorter comes first.
    public static func < (left: TimeSpan, right: TimeSpan) -> Bool { left.duration < right.duration }

    /// Both, one after the other.
    public static func + (left: TimeSpan, right: TimeSpan) -> TimeSpan { TimeSpan(left.duration + right.duration) }
    /// What is left of the first without the second.
    public static func - (left: TimeSpan, right: TimeSpan) -> TimeSpan { TimeSpan(left.duration - right.duration) }

    /// The length as the protocol writes it: `3d`, `1h30m`, `250ms`.
    public var description: String { TimeString.format(duration) }
}
