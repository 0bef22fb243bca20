import Expressions
import JSON
import Wire

/// What the key expression of a rule gives for an event.
///
/// One that fails gives `null`, which is a key like any other: a rule holds for all events of its function.
package struct KeyValue: Hashable, Sendable {
    /// Nil for a rule without a key.
    private let source: String?
    package let value: JSON

    package init(_ source: String?, of event: Event, at now: Timestamp) {
        self.source = source
        let expression = source.flatMap { try? Expression.compile($0) }
        value = (try? expression?.value(event: event.json, now: now.milliseconds)) ?? .null
    }

    package func key(of rule: RuleKey.Rule, in function: NameUUID) -> RuleKey {
        RuleKey(function: function, rule: rule, hash: RuleKey.hash(expression: source, value: value))
    }

    /// The value as it is shown: nil without a key expression, and cut where it is long.
    package var shown: JSON? {
        guard source != nil else { return nil }
        return value.bytes.count <= Limits.shownKeySize
            ? value : .string(String(decoding: value.bytes.prefix(Limits.shownKeySize), as: UTF8.self) + "…")
    }
}
