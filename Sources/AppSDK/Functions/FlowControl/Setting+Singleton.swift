import Wire

extension Setting {
    /// One run of this function at a time, from its start to its end: asleep, waiting or executing.
    ///
    /// - Parameters:
    ///   - mode: which of two runs stays.
    ///   - key: an expression over `event`: each of its values has a run at a time.
    public static func singleton(_ mode: SingletonMode, key: String? = nil) -> Setting {
        singleton(mode) { key }
    }

    /// One run of this function at a time for each value of a field.
    ///
    /// ```swift
    /// .singleton(.cancel, key: \.userID)
    /// ```
    ///
    /// - Parameters:
    ///   - mode: which of two runs stays.
    ///   - key: a stored field of the payload that is encoded as a text, number or boolean.
    public static func singleton<Value: Encodable & Sendable>(
        _ mode: SingletonMode, key: KeyPath<Input, Value> & Sendable
    ) -> Setting {
        singleton(mode) { try FieldPath(of: key).eventField }
    }

    private static func singleton(_ mode: SingletonMode, key: @escaping @Sendable () throws -> String?) -> Setting {
        Setting(rule: "singleton") { flow in
            try once(flow.singleton)
            flow.singleton = Singleton(key: try key(), mode: mode == .skip ? .skip : .cancel)
        }
    }
}

/// Which of two runs stays, where there is to be one.
public enum SingletonMode: Hashable, Sendable {
    /// The one under way. The new event starts none; it is recorded as a skipped run.
    case skip
    /// The new one. The one under way is cancelled.
    case cancel
}
