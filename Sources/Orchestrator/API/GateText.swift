import Engine
import JSON
import Wire

/// What holds a call up, in words and in the fields of the API: which rule, which key, who holds it, until when.
struct GateText {
    let fields: JSON

    init(_ standing: Standing, _ rules: QueueRules?, now: Timestamp) {
        if let rules, rules.isShut, rules.version == standing.lane.version {
            fields = ["kind": "queue", "text": "is due and waits until the function goes on"]
            return
        }
        let place: JSON = .int(standing.ahead + 1)
        guard let (rule, gate) = rules.flatMap({ standing.obstacle($0, at: now) }) else {
            fields = [
                "kind": "queue", "position": place, "text": "is about to be let go: what held it up has just changed",
            ]
            return
        }
        let holders = standing.holders[gate.id] ?? []
        let earliest = rule.pace?.opens(gate, at: now, ahead: standing.ahead)
        var text = "waits for \(rule)"
        if rule.key != nil { text += ", key \(gate.name)" }
        text += Self.reason(rule, gate, holders, earliest)
        if standing.ahead > 0 { text += "; before it: \(Self.counted(standing.ahead))" }
        fields = [
            "earliest": earliest.map(APIShapes.time), "held": rule.pace == nil ? .int(gate.held) : nil,
            "holders": rule.pace == nil ? .array(holders.map { .string($0.description) }) : nil,
            "key": rule.key == nil ? nil : .string(gate.name), "kind": .string(rule.kind.rawValue),
            "limit": .int(rule.limit), "position": place, "rule": .string(rule.description), "text": .string(text),
        ]
    }

    private static func reason(_ rule: QueueRule, _ gate: Gate, _ holders: [ULID], _ earliest: Timestamp?) -> String {
        if rule.pace != nil {
            return earliest.map { "; it may start at \($0)" } ?? "; runs that may start wait to be called"
        }
        let shown = holders.prefix(3).map(\.description).joined(separator: ", ")
        let names = shown.isEmpty ? "" : " by run \(shown)\(holders.count > 3 || gate.held > 3 ? " …" : "")"
        return ": \(gate.held) of \(rule.limit) held\(names)"
    }

    private static func counted(_ ahead: Int) -> String {
        ahead < Limits.countedPlaces ? "\(ahead)" : "\(Limits.countedPlaces) or more"
    }
}
