import Wire

/// Events of a key in the order in which they came; due when there are enough, or the time since the first is over.
struct BatchModel {
    struct Collection {
        let due: Timestamp
        var events: [SimulatedEvent]
    }

    private(set) var open: [GateKey: Collection] = [:]
    private var seen: [GateKey: Timestamp] = [:]

    /// - Returns: the events of a run, where the batch is full now.
    mutating func take(
        _ event: SimulatedEvent, _ rule: Batching, _ function: String, now: Timestamp
    ) -> [SimulatedEvent]? {
        if let id = event.senderID {
            let mark = GateKey(function, eventID: id)
            if let until = seen[mark], now < until { return nil }
            seen[mark] = now + .seconds(1800)
        }
        let gate = GateKey(function, "batch", key: rule.key, for: event.data)
        var collection = open[gate] ?? Collection(due: now + rule.timeout, events: [])
        collection.events.append(event)
        guard collection.events.count < rule.maxSize else {
            open[gate] = nil
            return collection.events
        }
        open[gate] = collection
        return nil
    }

    mutating func close(_ gate: GateKey) { open[gate] = nil }
}
