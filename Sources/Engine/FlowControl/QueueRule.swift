import Expressions
import JSON
import Wire

/// A rule that a call has to pass before it is made: a limit, in all or for each value of a key.
package struct QueueRule: Sendable {
    package let kind: Kind
    /// How many may hold one gate.
    package let limit: Int
    /// Who shares it.
    package let scope: Concurrency.Scope
    /// The expression over the run's first event.
    package let key: String?
    /// Of a throttle.
    package let pace: Pace?
    /// What tells it from all other rules; a rule whose limit alone has changed is the same rule.
    let fingerprint: String
    private let functionID: NameUUID
    private let expression: Expression?

    /// The kinds of rules, in the order in which a run meets them. The names are those of the API.
    package enum Kind: String, Sendable {
        case throttle
        case runConcurrency = "run_concurrency"
        case concurrency
    }

    init(
        _ kind: Kind, limit: Int, pace: Pace? = nil, scope: Concurrency.Scope = .function, key: String?,
        of function: NameUUID
    ) {
        self.kind = kind
        self.limit = limit
        self.pace = pace
        self.scope = scope
        self.key = key
        functionID = function
        // It compiled when the app registered. One that no longer compiles fails, as one does that can't be evaluated.
        expression = key.flatMap { try? Expression.compile($0) }
        let owner = scope == .function ? function.description : ""
        fingerprint = String(Fingerprint.of([kind.rawValue, scope.rawValue, owner, key ?? ""]).prefix(16))
    }

    /// Whether a run has to pass it once, at its start.
    package var isForStarts: Bool { kind != .concurrency }

    /// The gate of a run, and its key for people. An expression that fails gives `null`, as a field does that is not
    /// there, and `null` is a value like any other: the limit holds for all such runs together.
    func key(of event: JSON?, now: Timestamp) -> RunFlow.Key {
        guard key != nil else { return RunFlow.Key(gate: sharedGate, name: "") }
        let value = (try? expression?.value(event: event, now: now.milliseconds)) ?? .null
        return RunFlow.Key(gate: GateID(rule: fingerprint, value: value), name: Self.readable(value))
    }

    /// The gate of a run whose keys were evaluated. Nil where this rule was not there then.
    package func gate(for flow: RunFlow?) -> GateID? {
        key == nil ? sharedGate : flow?.keys.first { $0.gate.belongs(to: fingerprint) }?.gate
    }

    private var sharedGate: GateID { GateID(kind.rawValue, of: functionID) }

    /// Whether one more may pass.
    package func isOpen(_ gate: Gate, at now: Timestamp) -> Bool {
        pace?.isOpen(gate, at: now) ?? (gate.held < limit)
    }

    private static func readable(_ value: JSON) -> String {
        let text = value.string ?? value.text
        return text.utf8.count <= Limits.readableKey ? text : text.prefix(Limits.readableKey / 4) + "…"
    }
}

extension QueueRule: CustomStringConvertible {
    /// In the words of its settings: `concurrency 5 per event.data.user (account)`.
    package var description: String {
        var text = kind == .runConcurrency ? "concurrency of runs \(limit)" : "\(kind.rawValue) \(limit)"
        if let pace { text += " per \(TimeString.format(pace.period))" }
        if let key { text += pace == nil ? " per \(key)" : " for each \(key)" }
        return scope == .function ? text : text + " (\(scope.rawValue))"
    }
}
