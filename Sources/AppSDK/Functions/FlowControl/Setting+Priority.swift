import Wire

extension Setting {
    /// How much earlier than its neighbours in the function's queue a run is served, in seconds.
    ///
    /// With 120 a run goes before all that were queued in the 120 seconds before it. A negative value puts the run off
    /// by so long. Values beyond ±600 count as ±600, and what is no number as 0. It matters where runs wait for a limit.
    ///
    /// - Parameter expression: over `event`, such as `"event.data.plan == 'pro' ? 120 : 0"`.
    public static func priority(_ expression: String) -> Setting {
        priority { expression }
    }

    /// How much earlier than its neighbours in the function's queue a run is served: the seconds that a field says.
    ///
    /// - Parameter field: a stored field of the payload that is encoded as a number, from -600 to 600.
    public static func priority<Seconds: BinaryInteger & Encodable & Sendable>(
        _ field: KeyPath<Input, Seconds> & Sendable
    ) -> Setting {
        priority { try FieldPath(of: field).eventField }
    }

    private static func priority(_ expression: @escaping @Sendable () throws -> String) -> Setting {
        Setting(rule: "priority") { flow in
            try once(flow.priority)
            flow.priority = try expression()
        }
    }
}
