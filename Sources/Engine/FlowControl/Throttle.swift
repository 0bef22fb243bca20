import Wire

/// How many runs start within a period. Those beyond it wait, and none is dropped.
extension QueueRule {
    static func throttle(of config: FlowControl, function: NameUUID) -> QueueRule? {
        config.throttle.map { QueueRule(.throttle, limit: $0.limit, pace: Pace($0), key: $0.key, of: function) }
    }
}

/// The generic cell rate algorithm: starts are spread evenly over the period, but for a burst after a rest. The one
/// number it needs is the time until which the starts that were made use up the limit.
///
/// A start that may be made holds a place in the gate until its call is made. So when nobody can take calls for a
/// while, the starts of that time do not come all at once afterwards.
package struct Pace: Hashable, Sendable {
    package let period: Duration
    /// Between two starts, in microseconds: fine enough for thousands a second. Rounded up, so that no period sees
    /// more starts than the limit.
    private let interval: Int64
    /// How many may start at once after a rest.
    private let burst: Int64

    init(_ throttle: Throttle) {
        period = throttle.period
        let microseconds = max(1, throttle.period.milliseconds) * 1000
        let limit = Int64(max(1, throttle.limit))
        interval = microseconds / limit + (microseconds % limit == 0 ? 0 : 1)
        burst = Int64(min(max(1, throttle.burst ?? 1), Limits.throttleBurst))
    }

    func isOpen(_ gate: Gate, at now: Timestamp) -> Bool { opening(gate, at: now) < start(of: now) + 1000 }

    /// When one more may start, if it is known: not while as many as may start at once are waiting to be called.
    package func opens(_ gate: Gate, at now: Timestamp) -> Timestamp? {
        guard Int64(gate.held) < burst else { return nil }
        return max(now, Timestamp(milliseconds: opening(gate, at: now) / 1000))
    }

    /// When so many more may start, if nothing but the pace holds them up.
    package func opens(_ gate: Gate, at now: Timestamp, ahead: Int) -> Timestamp? {
        opens(gate, at: now).map { Timestamp(milliseconds: $0.milliseconds + interval * Int64(ahead) / 1000) }
    }

    /// Makes the start for which a place was held.
    func use(_ gate: inout Gate, at now: Timestamp) {
        gate.held = max(0, gate.held - 1)
        gate.usedUntil = usedUntil(gate, at: now) + interval
    }

    private func opening(_ gate: Gate, at now: Timestamp) -> Int64 {
        usedUntil(gate, at: now) + (Int64(gate.held) - burst + 1) * interval
    }

    /// Brings a gate in order that is used up further ahead than this pace can be: the rule was another, or the clock
    /// was set back.
    func settle(_ gate: inout Gate, at now: Timestamp) {
        let furthest = start(of: now) + burst * interval + 999
        guard let until = gate.usedUntil, until > furthest + Limits.clockSkew.milliseconds * 1000 else { return }
        gate.usedUntil = furthest
    }

    private func usedUntil(_ gate: Gate, at now: Timestamp) -> Int64 {
        var gate = gate
        settle(&gate, at: now)
        return max(gate.usedUntil ?? 0, start(of: now))
    }

    /// Times are whole milliseconds: what lies within one is now.
    private func start(of now: Timestamp) -> Int64 { now.milliseconds * 1000 }
}
