import JSON
import Wire

/// What a function's calls have to pass in the queue, and in which order they are served.
package struct QueueRules: Sendable {
    package let functionID: NameUUID
    /// Changes with everything that changes what may go. Never 0.
    package let version: Int
    /// In the order in which a run meets them.
    package let rules: [QueueRule]
    let priority: PriorityRule?
    /// Whether the function is paused: nothing goes.
    package let isShut: Bool

    /// Nil for a function whose calls nothing holds up.
    package init?(_ function: FunctionRecord) {
        guard function.archivedAt == nil else { return nil }
        let (config, id) = (function.config.flow, function.id)
        rules =
            [QueueRule.throttle(of: config, function: id), .runConcurrency(of: config, function: id)].compactMap { $0 }
            + QueueRule.concurrency(of: config, function: id)
        priority = PriorityRule(of: config)
        isShut = function.pausedAt != nil
        guard !rules.isEmpty || priority != nil || isShut else { return nil }
        functionID = id
        let text = rules.map { "\($0.fingerprint) \($0.limit) \($0.pace.map { "\($0)" } ?? "")" }
        version = Self.number(of: text + [priority?.source ?? "", isShut ? "shut" : ""])
    }

    /// Whether something is asked of calls that begin a run, and of no others.
    var rulesForStarts: Bool { rules.contains(where: \.isForStarts) }

    /// The rules that a call has to pass.
    package func rules(forStart isStart: Bool) -> [QueueRule] {
        isStart ? rules : rules.filter { !$0.isForStarts }
    }

    /// Evaluates what has not been evaluated for a run: all of it when the run is created, the keys of rules that
    /// came later when they are met first.
    func evaluate(_ flow: inout RunFlow?, event: () throws -> JSON?, now: Timestamp) rethrows {
        let missing = rules.filter { $0.key != nil && $0.gate(for: flow) == nil }
        guard flow == nil || !missing.isEmpty else { return }
        let event = try event()
        if flow == nil {
            flow = RunFlow()
            flow?.priority = priority?.value(for: event, now: now) ?? 0
        }
        flow?.keys += missing.map { $0.key(of: event, now: now) }
    }

    private static func number(of text: [String]) -> Int {
        let digits = Fingerprint.of(text).prefix(15)
        return max(1, Int(digits, radix: 16) ?? 1)
    }
}
