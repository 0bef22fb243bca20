import JSON

/// What the rules of its function made of a run's first event: evaluated once, and kept with the run.
package struct RunFlow: Hashable, Sendable {
    /// In seconds: how much earlier than it was queued a call is served; negative, how much later it is due.
    package var priority = 0
    package var keys: [Key] = []

    /// The value of a rule's key.
    package struct Key: Hashable, Sendable {
        package let gate: GateID
        /// The value, as far as a person wants to read it.
        package let name: String
    }

    package init() {}

    /// Reads what ``json`` wrote.
    package init(stored json: JSON) {
        priority = json["priority"]?.int ?? 0
        for pair in (json["keys"] ?? .emptyArray).elements {
            let parts = Array(pair.elements)
            guard parts.count == 2, let gate = parts[0].string, let name = parts[1].string else { continue }
            keys.append(Key(gate: GateID(stored: gate), name: name))
        }
    }

    package var json: JSON {
        [
            "keys": .array(keys.map { .array([.string($0.gate.description), .string($0.name)]) }),
            "priority": .int(priority),
        ]
    }
}
