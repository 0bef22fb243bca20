import Wire

/// How many runs are under way at the same time, from the first call to the end, asleep or not. A run that began
/// before the rule was there does not count.
extension QueueRule {
    static func runConcurrency(of config: FlowControl, function: NameUUID) -> QueueRule? {
        config.runConcurrency.map { QueueRule(.runConcurrency, limit: $0.limit, key: $0.key, of: function) }
    }
}
