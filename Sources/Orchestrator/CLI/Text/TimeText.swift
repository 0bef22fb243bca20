import Wire

/// Points in time for people.
enum TimeText {
    /// `2026-11-23 12:31:29.000Z`: what `--ts` and `--after` take, with a space where it reads better.
    static func absolute(_ time: Timestamp) -> String {
        time.description.replacing("T", with: " ", maxReplacements: 1)
    }

    /// `2m ago`, `in 3d`, `now`.
    static func relative(_ time: Timestamp, to now: Timestamp) -> String {
        let distance = now.milliseconds - time.milliseconds
        guard distance.magnitude >= 1000 else { return "now" }
        let text = DurationText.short(milliseconds: rounded(Int64(clamping: distance.magnitude)))
        return distance > 0 ? "\(text) ago" : "in \(text)"
    }

    /// Both, for where there is room.
    static func full(_ time: Timestamp, now: Timestamp) -> String {
        "\(absolute(time)) (\(relative(time, to: now)))"
    }

    /// To whole seconds: nobody reads tenths in "2s ago".
    private static func rounded(_ milliseconds: Int64) -> Int64 { milliseconds / 1000 * 1000 }
}
