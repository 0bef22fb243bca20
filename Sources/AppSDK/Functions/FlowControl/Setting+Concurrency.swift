import Wire

extension Setting {
    /// How many steps of this function execute at the same time: calls to the app that are open. Runs that sleep or
    /// wait don't count.
    ///
    /// What is over the limit waits, the oldest first. A function has up to two such rules, and needs room in both.
    ///
    /// - Parameters:
    ///   - limit: 1 or more.
    ///   - key: an expression over `event`, such as `"event.data.userID"`: each of its values has the limit for itself.
    public static func concurrency(_ limit: Int, key: String? = nil) -> Setting {
        concurrency(limit, scope: .function) { key }
    }

    /// How many steps execute at the same time for each value of a field: calls to the app that are open.
    ///
    /// ```swift
    /// .concurrency(1, key: \.accountID)
    /// ```
    ///
    /// - Parameters:
    ///   - limit: 1 or more.
    ///   - key: a stored field of the payload that is encoded as a text, number or boolean.
    ///   - scope: who shares the limit; without it, the runs of this function.
    public static func concurrency<Value: Encodable & Sendable>(
        _ limit: Int, key: KeyPath<Input, Value> & Sendable, scope: ConcurrencyScope = .function
    ) -> Setting {
        concurrency(limit, scope: scope) { try FieldPath(of: key).eventField }
    }

    /// How many steps execute at the same time in all functions that have a rule with this key and scope: calls to the app
    /// that are open.
    ///
    /// ```swift
    /// .concurrency(10, key: "'openai'", scope: .account)
    /// ```
    ///
    /// - Parameters:
    ///   - limit: 1 or more. Each function is held to the limit that it states itself.
    ///   - key: an expression over `event`: each of its values has the limit for itself.
    ///   - scope: who shares the limit.
    public static func concurrency(_ limit: Int, key: String, scope: ConcurrencyScope) -> Setting {
        concurrency(limit, scope: scope) { key }
    }

    private static func concurrency(
        _ limit: Int, scope: ConcurrencyScope, key: @escaping @Sendable () throws -> String?
    ) -> Setting {
        Setting(rule: "concurrency") { flow in
            guard flow.concurrency.count < Concurrency.maximumRules else {
                throw InvalidSetting("\(Concurrency.maximumRules) rules are possible, no more")
            }
            flow.concurrency.append(
                Concurrency(limit: try atLeastOne(limit), scope: scope.wire, key: try key()))
        }
    }

    /// How many runs of this function are under way at the same time, from their start to their end: asleep, waiting or
    /// executing.
    ///
    /// What is over the limit waits, the oldest first.
    ///
    /// - Parameters:
    ///   - limit: 1 or more.
    ///   - key: an expression over `event`: each of its values has the limit for itself.
    public static func runConcurrency(_ limit: Int, key: String? = nil) -> Setting {
        runConcurrency(limit) { key }
    }

    /// How many runs of this function are under way at the same time for each value of a field.
    ///
    /// - Parameters:
    ///   - limit: 1 or more.
    ///   - key: a stored field of the payload that is encoded as a text, number or boolean.
    public static func runConcurrency<Value: Encodable & Sendable>(
        _ limit: Int, key: KeyPath<Input, Value> & Sendable
    ) -> Setting {
        runConcurrency(limit) { try FieldPath(of: key).eventField }
    }

    private static func runConcurrency(_ limit: Int, key: @escaping @Sendable () throws -> String?) -> Setting {
        Setting(rule: "runConcurrency") { flow in
            try once(flow.runConcurrency)
            flow.runConcurrency = Concurrency(limit: try atLeastOne(limit), key: try key())
        }
    }
}

/// Who shares a limit of concurrent steps.
public enum ConcurrencyScope: Hashable, Sendable {
    /// The runs of the function.
    case function
    /// The runs of all functions of the environment that have a rule with this scope and the same key.
    case environment
    /// The runs of all functions of the account that have a rule with this scope and the same key.
    case account

    fileprivate var wire: Concurrency.Scope {
        switch self {
        case .function: .function
        case .environment: .environment
        case .account: .account
        }
    }
}
