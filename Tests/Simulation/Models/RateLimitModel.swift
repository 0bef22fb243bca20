import JSON
import Wire

/// A period begins with the first event that starts a run, and lets at most so many start; the next one begins with the
/// next event after its end. A key that is `false` is not limited.
struct RateLimitModel {
    private var periods: [GateKey: (begin: Timestamp, started: Int)] = [:]

    mutating func admits(_ rule: RateLimit, _ function: String, _ data: JSON, now: Timestamp) -> Bool {
        let gate = GateKey(function, "rate limit", key: rule.key, for: data)
        if gate.key == .bool(false) { return true }
        let current = periods[gate].flatMap { now < $0.begin + rule.period ? $0 : nil } ?? (begin: now, started: 0)
        guard current.started < rule.limit else { return false }
        periods[gate] = (current.begin, current.started + 1)
        return true
    }
}
