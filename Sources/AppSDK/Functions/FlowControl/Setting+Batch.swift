import Wire

extension Setting {
    /// Several events start one run: when there are enough of them, or some time after the first, or when they come to
    /// 10 MiB. The function finds them in `context.events`.
    ///
    /// A function with batches has no `cancel`, `debounce`, `singleton`, `priority`, `rateLimit`, `idempotency` and no
    /// time in which to start.
    ///
    /// - Parameters:
    ///   - size: 2 to 100 events.
    ///   - timeout: 1 to 60 seconds.
    ///   - key: an expression over `event`: the events of a batch have the same value.
    ///   - expression: an event for which it is not true starts a run of its own at once.
    public static func batch(
        upTo size: Int, within timeout: TimeSpan, key: String? = nil, if expression: String? = nil
    ) -> Setting {
        batch(size, timeout, expression) { key }
    }

    /// Several events with the same value of a field start one run: when there are enough of them, or some time after
    /// the first, or when they come to 10 MiB. The function finds them in `context.events`.
    ///
    /// ```swift
    /// Function("index", on: .event(PageChanged.self), .batch(upTo: 50, within: .seconds(10), key: \.siteID)) { context in
    ///     for page in context.events { … }
    /// }
    /// ```
    ///
    /// - Parameters:
    ///   - size: 2 to 100 events.
    ///   - timeout: 1 to 60 seconds.
    ///   - key: a stored field of the payload that is encoded as a text, number or boolean.
    ///   - expression: an event for which it is not true starts a run of its own at once.
    public static func batch<Value: Encodable & Sendable>(
        upTo size: Int, within timeout: TimeSpan, key: KeyPath<Input, Value> & Sendable, if expression: String? = nil
    ) -> Setting {
        batch(size, timeout, expression) { try FieldPath(of: key).eventField }
    }

    private static func batch(
        _ size: Int, _ timeout: TimeSpan, _ expression: String?, key: @escaping @Sendable () throws -> String?
    ) -> Setting {
        Setting(rule: "batch") { flow in
            try once(flow.batch)
            flow.batch = Batching(maxSize: size, timeout: timeout.duration, key: try key(), condition: expression)
        }
    }
}
