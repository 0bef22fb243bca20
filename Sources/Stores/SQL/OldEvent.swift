import Engine
import JSON
import Wire

/// An event that has become too old, without what is in it.
struct OldEvent {
    static let columns = "id, received_at, decisions"

    let id: ULID
    let receivedAt: Timestamp
    /// Where it was collected, and may be still.
    let collections: [RuleKey]

    init?(_ row: any ColumnRow) {
        guard let id = ULID(row.text(0)) else { return nil }
        self.id = id
        receivedAt = Timestamp(milliseconds: row.int64(1))
        collections = (row.json(2)?.elements.compactMap(Decision.init(stored:)) ?? []).compactMap { decision in
            guard decision.batch != nil, let hash = decision.hash,
                let rule = RuleKey.Rule(rawValue: decision.gate.rawValue)
            else { return nil }
            return RuleKey(function: decision.function, rule: rule, hash: hash)
        }
    }
}

extension RuleState {
    /// The events that a batch or a debounce holds.
    var heldEvents: [ULID] {
        let held = Array((value["events"] ?? []).elements) + [value["event"]].compactMap { $0 }
        return held.compactMap { $0.string.flatMap(ULID.init) }
    }
}
