import JSON
import Wire

/// Why an event that matched a function did not start it at once. Kept with the event.
package struct Decision: Hashable, Sendable {
    package let function: NameUUID
    package let gate: Gate
    /// The run that was recorded instead, or that the event became part of.
    package let run: ULID?
    /// What collects the event, to start a run with it later.
    package let batch: ULID?
    /// Under which key of the rule it is collected.
    package let hash: String?
    /// The rule at that moment, as the API shows it.
    package let state: JSON

    package init(
        function: NameUUID, gate: Gate, run: ULID? = nil, batch: ULID? = nil, hash: String? = nil, state: JSON
    ) {
        self.function = function
        self.gate = gate
        self.run = run
        self.batch = batch
        self.hash = hash
        self.state = state
    }

    /// What can keep an event from starting a function. The names are stored and shown by the API.
    package enum Gate: String, Sendable, CaseIterable {
        /// The expression of every trigger of that name is false, or fails.
        case expression
        case paused
        case batch
        case rateLimit = "rate_limit"
        /// The same id, or the same value of the function's expression, within 24 hours.
        case idempotency
        case debounce
        case singleton

        /// What the protocol calls it where a run is recorded for an event that was stopped.
        var skipReason: String? {
            switch self {
            case .paused: "FunctionPaused"
            case .singleton: "Singleton"
            default: nil
            }
        }
    }

    /// What stopped a run that was recorded and is never carried out, by its history.
    package init?(_ entry: HistoryEntry, of run: Run) {
        let reason = entry.detail["reason"]?.string
        guard entry.kind == .runSkipped, let reason, let gate = Gate.allCases.first(where: { $0.skipReason == reason })
        else { return nil }
        let state = entry.detail.merging(["event": JSON?.none, "reason": JSON?.none])
        self.init(function: run.functionID, gate: gate, run: run.id, state: state)
    }

    /// Read back from a store; nil for what this version does not know.
    package init?(stored json: JSON) {
        guard let function = json["function"]?.string, let gate = json["gate"]?.string.flatMap(Gate.init) else {
            return nil
        }
        self.init(
            function: NameUUID(stored: function), gate: gate, run: json["run"]?.string.flatMap(ULID.init),
            batch: json["batch"]?.string.flatMap(ULID.init), hash: json["hash"]?.string,
            state: json["state"] ?? .emptyObject)
    }

    package var stored: JSON {
        [
            "batch": batch.map { .string($0.description) }, "function": .string(function.description),
            "gate": .string(gate.rawValue), "hash": hash.map(JSON.string), "run": run.map { .string($0.description) },
            "state": state,
        ]
    }

    /// In words.
    package var text: String {
        switch gate {
        case .expression:
            if let error = state["error"]?.string { return "the trigger's expression failed: \(error)" }
            return "the trigger's expression was not true: \(state["if"]?.string ?? "")"
        case .paused: return "the function was paused"
        case .batch:
            if state["duplicate_of"] != nil {
                return "an event with the id \(quoted("duplicate_of")) was batched before"
            }
            return
                "waits in a batch\(ofKey) of \(number("size")) of \(number("max_size")) events until \(plain("until"))"
        case .rateLimit:
            return "rate limit\(ofKey): \(number("limit")) runs per \(plain("period")) have started, the next may "
                + "from \(plain("until")) on"
        case .idempotency:
            if state["event_id"] != nil {
                return "an event with the id \(quoted("event_id")) has started the function within 24 hours"
            }
            return "an event with the same idempotency value\(ofKey) has started the function; the next can from "
                + "\(plain("until")) on"
        case .debounce:
            if state["later_event"] != nil { return "a later event had come before: \(plain("later_event"))" }
            return "debounced\(ofKey): starts at \(plain("until")) unless a later event comes"
        case .singleton: return "singleton\(ofKey): the run \(plain("holder")) was under way"
        }
    }

    private var ofKey: String {
        guard let key = state["key"] else { return "" }
        return " for the key \(key.text)" + (state["expression"]?.string.map { " of \($0)" } ?? "")
    }
    private func plain(_ field: String) -> String { state[field]?.string ?? "?" }
    private func quoted(_ field: String) -> String { state[field]?.text ?? "?" }
    private func number(_ field: String) -> String { state[field]?.text ?? "?" }
}
