import Engine
import JSON
import Wire

/// What holds a call up, in words and in the fields of the API: which rules, which keys, who holds them, until when.
struct GateText {
    let fields: JSON

    init(_ standing: Standing, _ rules: QueueRules?, now: Timestamp) {
        if let rules, rules.isShut, rules.version == standing.lane.version {
            fields = ["kind": "queue", "text": "is due and waits until the function goes on"]
            return
        }
        let place: JSON = .int(standing.ahead + 1)
        let closed = (rules.map { standing.obstacles($0, at: now) } ?? []).map { rule, gate in
            Closed(
                rule: rule, gate: gate, holders: standing.holders[gate.id] ?? [],
                earliest: standing.earliest(rule, gate, at: now))
        }
        guard let first = closed.first else {
            fields = [
                "kind": "queue", "position": place, "text": "is about to be let go: what held it up has just changed",
            ]
            return
        }
        var text = "waits for " + closed.map(\.text).joined(separator: "; and for ")
        if standing.ahead > 0 { text += "; before it: \(Self.counted(standing.ahead))" }
        let others = closed.dropFirst().map(\.fields)
        fields = first.fields.merging([
            "also": others.isEmpty ? nil : .array(others), "position": place, "text": .string(text),
        ])
    }

    private static func counted(_ ahead: Int) -> String {
        ahead < Limits.countedPlaces ? "\(ahead)" : "\(Limits.countedPlaces) or more"
    }
}

/// A gate that is closed to a call.
private struct Closed {
    let rule: QueueRule
    let gate: Gate
    let holders: [ULID]
    /// Of a throttle: when it lets the call go, if that can be told.
    let earliest: Timestamp?

    private var isThrottle: Bool { rule.pace != nil }

    var fields: JSON {
        [
            "earliest": earliest.map(APIShapes.time), "held": isThrottle ? nil : .int(gate.held),
            "holders": isThrottle ? nil : .array(holders.map { .string($0.description) }),
            "key": rule.key == nil ? nil : .string(gate.name), "kind": .string(rule.kind.rawValue),
            "limit": .int(rule.limit), "rule": .string(rule.description),
        ]
    }

    var text: String { "\(rule)" + (rule.key == nil ? "" : ", key \(gate.name)") + reason }

    private var reason: String {
        if isThrottle { return earliest.map { "; it may start at \($0)" } ?? "; runs that may start wait to be called" }
        let shown = holders.prefix(3).map(\.description).joined(separator: ", ")
        let names = shown.isEmpty ? "" : " by run \(shown)\(holders.count > 3 || gate.held > 3 ? " …" : "")"
        return ": \(gate.held) of \(rule.limit) held\(names)"
    }
}
