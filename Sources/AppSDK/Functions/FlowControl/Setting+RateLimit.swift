import Wire

extension Setting {
    /// How many runs start within a period. An event over the limit starts no run, now or later; it is kept, and says
    /// what stopped it.
    ///
    /// - Parameters:
    ///   - limit: 1 or more.
    ///   - period: 1 second to 24 hours.
    ///   - key: an expression over `event`: each of its values has the limit for itself, and where it is `false` there
    ///     is none.
    public static func rateLimit(_ limit: Int, per period: TimeSpan, key: String? = nil) -> Setting {
        rateLimit(limit, period) { key }
    }

    /// How many runs start within a period for each value of a field. An event over the limit starts no run.
    ///
    /// ```swift
    /// .rateLimit(1, per: .hours(1), key: \.userID)
    /// ```
    ///
    /// - Parameters:
    ///   - limit: 1 or more.
    ///   - period: 1 second to 24 hours.
    ///   - key: a stored field of the payload that is encoded as a text, number or boolean.
    public static func rateLimit<Value: Encodable & Sendable>(
        _ limit: Int, per period: TimeSpan, key: KeyPath<Input, Value> & Sendable
    ) -> Setting {
        rateLimit(limit, period) { try FieldPath(of: key).eventField }
    }

    private static func rateLimit(
        _ limit: Int, _ period: TimeSpan, key: @escaping @Sendable () throws -> String?
    ) -> Setting {
        Setting(rule: "rateLimit") { flow in
            try once(flow.rateLimit)
            flow.rateLimit = RateLimit(limit: try atLeastOne(limit), period: period.duration, key: try key())
        }
    }

    /// Of the events with the same value within 24 hours, the first starts a run; the others start none.
    ///
    /// It takes the place of a rate limit: a function has one or the other.
    ///
    /// - Parameter key: an expression over `event`, such as `"event.data.orderID"`.
    public static func idempotency(key: String) -> Setting {
        idempotency { key }
    }

    /// Of the events with the same value of a field within 24 hours, the first starts a run; the others start none.
    ///
    /// It takes the place of a rate limit: a function has one or the other.
    ///
    /// - Parameter key: a stored field of the payload that is encoded as a text, number or boolean.
    public static func idempotency<Value: Encodable & Sendable>(key: KeyPath<Input, Value> & Sendable) -> Setting {
        idempotency { try FieldPath(of: key).eventField }
    }

    private static func idempotency(key: @escaping @Sendable () throws -> String) -> Setting {
        Setting(rule: "idempotency") { flow in
            try once(flow.idempotency)
            flow.idempotency = try key()
        }
    }
}
