import Wire

/// Of the events of a key, the latest by its own time; due when none has come for the period, or at the timeout.
struct DebounceModel {
    struct Collection {
        let first: Timestamp
        var last: Timestamp
        var event: SimulatedEvent
        let rule: Debounce

        var due: Timestamp { min(last + rule.period, rule.timeout.map { first + $0 } ?? last + rule.period) }
        var isAtTimeout: Bool { due < last + rule.period }
    }

    private(set) var open: [GateKey: Collection] = [:]

    /// - Returns: whether a run was put off by it.
    mutating func take(_ event: SimulatedEvent, _ rule: Debounce, _ function: String, now: Timestamp) -> Bool {
        let gate = GateKey(function, "debounce", key: rule.key, for: event.data)
        guard var collection = open[gate] else {
            open[gate] = Collection(first: now, last: now, event: event, rule: rule)
            return false
        }
        // One that is older than the one held comes too late to count.
        guard event.time >= collection.event.time else { return true }
        collection.last = now
        collection.event = event
        open[gate] = collection
        return true
    }

    mutating func close(_ gate: GateKey) { open[gate] = nil }
}
