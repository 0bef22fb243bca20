import Expressions
import Wire

extension FunctionConfig {
    /// Checks the expressions of a registration, so that none fails for what it is when an event comes.
    func checkExpressions() throws(InvalidFunction) {
        for (index, trigger) in triggers.enumerated() {
            if case .event(_, let source?) = trigger { try check(source, "triggers[\(index)].expression") }
        }
        for (index, rule) in flow.concurrency.enumerated() {
            if let key = rule.key { try check(key, "concurrency[\(index)].key") }
        }
        let sources: [(String, String?, Syscode)] = [
            ("concurrency.fn.key", flow.runConcurrency?.key, .configuration),
            ("throttle.key", flow.throttle?.key, .configuration),
            ("rateLimit.key", flow.rateLimit?.key, .configuration),
            ("debounce.key", flow.debounce?.key, .configuration), ("priority.run", flow.priority, .configuration),
            ("batchEvents.key", flow.batch?.key, .batchKey), ("batchEvents.if", flow.batch?.condition, .batchCondition),
            ("singleton.key", flow.singleton?.key, .configuration), ("idempotency", flow.idempotency, .configuration),
        ]
        for (field, source, code) in sources {
            if let source { try check(source, field, code) }
        }
        for (index, rule) in flow.cancellation.enumerated() {
            guard let source = rule.condition else { continue }
            // Each event of the name is held against the rules of all live runs: that must stay a comparison of values.
            if try check(source, "cancel[\(index)].if").callsFunctions {
                throw InvalidFunction(
                    function: slug,
                    "cancel[\(index)].if: '\(source)' calls a function or a macro; compare fields of event and async")
            }
        }
    }

    @discardableResult
    private func check(
        _ source: String, _ field: String, _ code: Syscode = .configuration
    ) throws(InvalidFunction) -> Expression {
        do { return try Expression.compile(source) } catch {
            throw InvalidFunction(function: slug, "\(field): \(error)", code)
        }
    }
}
