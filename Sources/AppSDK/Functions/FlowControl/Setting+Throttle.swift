import Wire

extension Setting {
    /// How many runs start within a period. The others wait for their turn, the oldest first; none is dropped. Steps of
    /// runs that have started are not held up.
    ///
    /// - Parameters:
    ///   - limit: 1 or more.
    ///   - period: 1 second to 7 days.
    ///   - burst: how many of them may start at once after a time of rest, 1 or more. With 1, starts are spread evenly
    ///     over the period.
    ///   - key: an expression over `event`: each of its values has the limit for itself.
    public static func throttle(_ limit: Int, per period: TimeSpan, burst: Int = 1, key: String? = nil) -> Setting {
        throttle(limit, period, burst) { key }
    }

    /// How many runs start within a period for each value of a field. The others wait for their turn.
    ///
    /// ```swift
    /// .throttle(10, per: .minutes(1), key: \.userID)
    /// ```
    ///
    /// - Parameters:
    ///   - limit: 1 or more.
    ///   - period: 1 second to 7 days.
    ///   - burst: how many of them may start at once after a time of rest, 1 or more. With 1, starts are spread evenly
    ///     over the period.
    ///   - key: a stored field of the payload that is encoded as a text, number or boolean.
    public static func throttle<Value: Encodable & Sendable>(
        _ limit: Int, per period: TimeSpan, burst: Int = 1, key: KeyPath<Input, Value> & Sendable
    ) -> Setting {
        throttle(limit, period, burst) { try FieldPath(of: key).eventField }
    }

    private static func throttle(
        _ limit: Int, _ period: TimeSpan, _ burst: Int, key: @escaping @Sendable () throws -> String?
    ) -> Setting {
        Setting(rule: "throttle") { flow in
            try once(flow.throttle)
            flow.throttle = Throttle(
                limit: try atLeastOne(limit), period: period.duration,
                burst: try atLeastOne(burst, "burst") == 1 ? nil : burst, key: try key())
        }
    }
}
