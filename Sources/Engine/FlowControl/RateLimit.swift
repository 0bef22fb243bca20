import JSON
import Wire

/// How many events have passed a rate limit in a period that began with the first of them.
private struct RatePeriod {
    var start: Timestamp
    var count: Int

    init?(_ state: RuleState?, lasting period: Duration, at now: Timestamp) {
        guard let value = state?.value, let start = value["start"]?.int, let count = value["count"]?.int else {
            return nil
        }
        // After the clock was set back, a period that lies ahead counts from now: it stays a limit, and ends.
        self.start = Timestamp(milliseconds: Int64(start)).settled(at: now)
        self.count = count
        guard now < self.start + period else { return nil }
    }

    init(start: Timestamp) {
        self.start = start
        count = 0
    }

    var value: JSON { ["count": .int(count), "start": .int(start.milliseconds)] }
}

extension Transaction {
    /// Counts an event. Nil where the limit has room for it, why not otherwise.
    func exceeds(_ rule: RateLimit, _ event: Event, _ function: FunctionRecord) throws -> Decision? {
        let key = KeyValue(rule.key, of: event, at: now)
        // An app says so that an event is not to be limited.
        if rule.key != nil, key.value.bool == false { return nil }
        let ruleKey = key.key(of: .rateLimit, in: function.id)
        guard let full = try count(in: ruleKey, limit: rule.limit, period: rule.period) else { return nil }
        return Decision(
            function: function.id, gate: .rateLimit,
            state: [
                "key": key.shown, "limit": .int(rule.limit), "period": .string(TimeString.format(rule.period)),
                "since": .string(full.start.description), "until": .string((full.start + rule.period).description),
                "used": .int(full.count),
            ])
    }

    /// Keeps a second event with the same value within 24 hours out. Only a value can be the same: `null`, `false`
    /// and an expression that fails let every event in.
    func repeats(_ event: Event, _ expression: String, _ function: FunctionRecord) throws -> Decision? {
        let key = KeyValue(expression, of: event, at: now)
        if key.value.isNull || key.value.bool == false { return nil }
        let period = Limits.idempotencyPeriod
        guard let full = try count(in: key.key(of: .idempotency, in: function.id), limit: 1, period: period) else {
            return nil
        }
        return Decision(
            function: function.id, gate: .idempotency,
            state: [
                "expression": .string(expression), "key": key.shown, "since": .string(full.start.description),
                "until": .string((full.start + period).description),
            ])
    }

    /// Counts one more in a period. Returns the period where it is full.
    private func count(in key: RuleKey, limit: Int, period: Duration) throws -> RatePeriod? {
        var counted = RatePeriod(try ruleState(key), lasting: period, at: now) ?? RatePeriod(start: now)
        let isFull = counted.count >= limit
        if !isFull { counted.count += 1 }
        // Where the clock was set back, the new start is kept as well, or the period would begin anew with each event.
        let state = RuleState(key: key, value: counted.value, expiresAt: counted.start + period)
        if try ruleState(key) != state { put(state) }
        return isFull ? counted : nil
    }
}
