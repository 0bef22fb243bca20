import Wire

extension Setting {
    /// A run starts when no further event has come for a period, with the latest of them. The others start no run.
    ///
    /// - Parameters:
    ///   - period: 1 second to 7 days.
    ///   - timeout: the longest that events can put the run off, counted from the first of them; up to 366 days.
    ///     Without it, there is no end to it.
    ///   - key: an expression over `event`: each of its values has a period of its own.
    public static func debounce(_ period: TimeSpan, timeout: TimeSpan? = nil, key: String? = nil) -> Setting {
        debounce(period, timeout) { key }
    }

    /// A run starts when no further event with the same value of a field has come for a period, with the latest of
    /// them. The others start no run.
    ///
    /// ```swift
    /// .debounce(.seconds(10), timeout: .minutes(5), key: \.documentID)
    /// ```
    ///
    /// - Parameters:
    ///   - period: 1 second to 7 days.
    ///   - timeout: the longest that events can put the run off, counted from the first of them; up to 366 days.
    ///     Without it, there is no end to it.
    ///   - key: a stored field of the payload that is encoded as a text, number or boolean.
    public static func debounce<Value: Encodable & Sendable>(
        _ period: TimeSpan, timeout: TimeSpan? = nil, key: KeyPath<Input, Value> & Sendable
    ) -> Setting {
        debounce(period, timeout) { try FieldPath(of: key).eventField }
    }

    private static func debounce(
        _ period: TimeSpan, _ timeout: TimeSpan?, key: @escaping @Sendable () throws -> String?
    ) -> Setting {
        Setting(rule: "debounce") { flow in
            try once(flow.debounce)
            flow.debounce = Debounce(period: period.duration, timeout: timeout?.duration, key: try key())
        }
    }
}
