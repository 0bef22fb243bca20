import JSON
import Wire

/// A run as the models expect it; it gets the engine's id when the engine has made it.
final class ModelRun {
    let function: String
    let events: [SimulatedEvent]
    let createdAt: Timestamp
    let scheduledFor: Timestamp
    var id: ULID?
    var startedAt: Timestamp?
    var endedAt: Timestamp?
    /// Why it must be cancelled, where it must.
    var cancellation: Coverage.Feature?
    /// The gate of whole runs that it took when it started.
    var runGate: GateKey?

    init(_ function: String, _ events: [SimulatedEvent], createdAt: Timestamp, scheduledFor: Timestamp? = nil) {
        self.function = function
        self.events = events
        self.createdAt = createdAt
        self.scheduledFor = scheduledFor ?? createdAt
    }

    var isLive: Bool { endedAt == nil && cancellation == nil }
    /// The data that keys and priorities are taken from.
    var data: JSON { events.first?.data ?? .null }
}

/// What a limit is counted for: a rule of a function, or of all that share it, and a value of its key.
struct GateKey: Hashable {
    let owner: String
    let key: JSON

    /// A rule of one function.
    init(_ function: String, _ rule: String, key expression: String?, for data: JSON) {
        owner = "\(rule) of \(function) by \(expression ?? "")"
        key = expression.map { Meaning.value(of: $0, for: data) } ?? .null
    }

    /// A rule for steps, which may be shared.
    init(_ function: String, _ rule: Concurrency, for data: JSON) {
        let scope = rule.scope == .function ? "function \(function)" : rule.scope.rawValue
        owner = "concurrency of \(scope) by \(rule.key ?? "")"
        key = rule.key.map { Meaning.value(of: $0, for: data) } ?? .null
    }
}
