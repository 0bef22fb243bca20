import Wire

/// How many steps execute at the same time. A step executes while the call to the app is open, so sleeping and
/// waiting runs count for nothing, and each of several parallel steps, and each new attempt, counts for one.
extension QueueRule {
    static func concurrency(of config: FlowControl, function: NameUUID) -> [QueueRule] {
        var rules: [QueueRule] = []
        for setting in config.concurrency {
            // The same key twice is one gate: the lower limit holds.
            let (limits, others) = (
                config.concurrency.filter { $0.key == setting.key && $0.scope == setting.scope }.map(\.limit), rules
            )
            let rule = QueueRule(
                .concurrency, limit: limits.min() ?? setting.limit, scope: setting.scope, key: setting.key,
                of: function)
            if !others.contains(where: { $0.fingerprint == rule.fingerprint }) { rules.append(rule) }
        }
        return rules
    }
}
