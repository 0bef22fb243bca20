import Wire

/// Starts are spread evenly over the period; after a rest, a burst of them may come at once.
struct ThrottleModel {
    /// When the next start would be due if all were spread evenly, in microseconds.
    private var next: [GateKey: Double] = [:]

    /// When the next start may be, in microseconds.
    func earliest(_ gate: GateKey, _ rule: Throttle) -> Double? {
        next[gate].map { $0 - Double(max(1, rule.burst ?? 1) - 1) * Self.interval(rule) }
    }

    mutating func start(_ gate: GateKey, _ rule: Throttle, now: Timestamp) {
        let now = Double(now.milliseconds) * 1000
        next[gate] = max(next[gate] ?? now, now) + Self.interval(rule)
    }

    private static func interval(_ rule: Throttle) -> Double {
        Double(rule.period.milliseconds) * 1000 / Double(rule.limit)
    }
}
