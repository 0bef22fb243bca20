import Wire

extension Setting {
    /// An event of a type cancels the run, if it comes after the run was made: queued, asleep, waiting or executing. A
    /// step that executes at that moment ends, and its result is dropped. A function has up to five such rules.
    ///
    /// - Parameters:
    ///   - expression: CEL over `event`, which started the run, and `async`, which has just come, without functions and
    ///     macros. Without it, every such event cancels.
    ///   - time: how long after it was made a run can be cancelled so, up to 366 days. Without it, as long as it lives.
    public static func cancel<Other: EventPayload>(
        on type: Other.Type, if expression: String? = nil, within time: TimeSpan? = nil
    ) -> Setting {
        cancel(Other.eventName, time) { expression }
    }

    /// An event cancels the run, if it comes after the run was made. A function has up to five such rules.
    ///
    /// - Parameters:
    ///   - name: the event's name.
    ///   - expression: CEL over `event`, which started the run, and `async`, which has just come, without functions and
    ///     macros. Without it, every such event cancels.
    ///   - time: how long after it was made a run can be cancelled so, up to 366 days. Without it, as long as it lives.
    public static func cancel(
        onEventNamed name: String, if expression: String? = nil, within time: TimeSpan? = nil
    ) -> Setting {
        cancel(name, time) { expression }
    }

    /// An event of a type that has the same value in a field as the event that started the run cancels the run.
    ///
    /// ```swift
    /// .cancel(on: OrderVoided.self, match: \.orderID, within: .hours(2))
    /// ```
    ///
    /// - Parameters:
    ///   - field: a stored field that both payloads encode under the same key, as a text, number or boolean.
    ///   - time: how long after it was made a run can be cancelled so, up to 366 days. Without it, as long as it lives.
    public static func cancel<Other: EventPayload, Value: Encodable & Sendable>(
        on type: Other.Type, match field: KeyPath<Other, Value> & Sendable, within time: TimeSpan? = nil
    ) -> Setting {
        cancel(Other.eventName, time) {
            let path = try FieldPath(of: field)
            guard path.isField(of: Input.self) else {
                throw InvalidSetting(
                    "\(Input.self) has no field '\(path.keys.joined(separator: "."))', as \(Other.self) has; "
                        + "use where:equals: or if: instead")
            }
            return "event.data\(path.cel) == async.data\(path.cel)"
        }
    }

    /// An event of a type in which a field equals a field of the event that started the run cancels the run.
    ///
    /// ```swift
    /// .cancel(on: UserDeleted.self, where: \.id, equals: \.customerID)
    /// ```
    ///
    /// - Parameters:
    ///   - field: a stored field of the event that cancels, encoded as a text, number or boolean.
    ///   - own: a stored field of the event that started the run, of the same type.
    ///   - time: how long after it was made a run can be cancelled so, up to 366 days. Without it, as long as it lives.
    public static func cancel<Other: EventPayload, Value: Encodable & Sendable>(
        on type: Other.Type, where field: KeyPath<Other, Value> & Sendable,
        equals own: KeyPath<Input, Value> & Sendable, within time: TimeSpan? = nil
    ) -> Setting {
        cancel(Other.eventName, time) {
            "event.data\(try FieldPath(of: own).cel) == async.data\(try FieldPath(of: field).cel)"
        }
    }

    private static func cancel(
        _ event: String, _ time: TimeSpan?, condition: @escaping @Sendable () throws -> String?
    ) -> Setting {
        Setting(rule: "cancel") { flow in
            flow.cancellation.append(
                CancelRule(event: event, condition: try condition(), timeout: time?.duration))
        }
    }
}
