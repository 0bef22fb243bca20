import JSON
import Wire

/// What may happen once in 24 hours: an event's id for a function, a value of an idempotency expression.
struct OnceModel {
    private var used: [GateKey: Timestamp] = [:]

    mutating func admits(_ gate: GateKey, now: Timestamp) -> Bool {
        if let until = used[gate], now < until { return false }
        used[gate] = now + .seconds(86_400)
        return true
    }

    func isUsed(_ gate: GateKey, now: Timestamp) -> Bool { used[gate].map { now < $0 } ?? false }
}

extension GateKey {
    /// An event's own id.
    init(_ function: String, eventID: String) {
        owner = "id of an event for \(function)"
        key = .string(eventID)
    }
}
