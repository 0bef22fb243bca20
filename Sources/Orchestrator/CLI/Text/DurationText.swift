/// Durations as people say them: the two largest units that matter.
enum DurationText {
    /// `350ms`, `1.2s`, `42s`, `1m20s`, `2h5m`, `3d`, `3d4h`.
    static func short(_ duration: Duration) -> String { short(milliseconds: duration.milliseconds) }

    static func short(milliseconds: Int64) -> String {
        let amount = max(0, milliseconds)
        let seconds = amount / 1000
        return switch amount {
        case ..<1000: "\(amount)ms"
        case ..<10_000: tenths(amount / 100)
        case ..<60_000: "\(seconds)s"
        case ..<3_600_000: pair(seconds, 60, "m", 1, "s")
        case ..<86_400_000: pair(seconds, 3600, "h", 60, "m")
        default: pair(seconds, 86_400, "d", 3600, "h")
        }
    }

    private static func tenths(_ tenths: Int64) -> String {
        tenths % 10 == 0 ? "\(tenths / 10)s" : "\(tenths / 10).\(tenths % 10)s"
    }

    private static func pair(_ seconds: Int64, _ large: Int64, _ first: String, _ small: Int64, _ second: String)
        -> String
    {
        let rest = seconds % large / small
        return rest == 0 ? "\(seconds / large)\(first)" : "\(seconds / large)\(first)\(rest)\(second)"
    }
}
