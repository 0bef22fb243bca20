import JSON

extension Step {
    /// Waits for the next event of a type. Events from before the wait do not count.
    ///
    /// - Parameters:
    ///   - timeout: how long to wait, at most 366 days.
    ///   - expression: CEL over `event`, which started this run, and `async`, which has just come.
    /// - Returns: the event; nil when none came in time.
    /// - Throws: ``Interruption`` when the run is suspended.
    public func waitForEvent<Payload: EventPayload>(
        _ id: String, _ type: Payload.Type, timeout: TimeSpan, if expression: String? = nil
    ) async throws -> Event<Payload>? {
        try await wait(id, event: Payload.eventName, timeout: timeout, expression: expression)
    }

    /// Waits for the next event by its name, of any shape.
    ///
    /// - Parameters:
    ///   - timeout: how long to wait, at most 366 days.
    ///   - expression: CEL over `event`, which started this run, and `async`, which has just come.
    /// - Returns: the event; nil when none came in time.
    /// - Throws: ``Interruption`` when the run is suspended.
    public func waitForEvent(
        _ id: String, named name: String, timeout: TimeSpan, if expression: String? = nil
    ) async throws -> Event<JSONValue>? {
        try await wait(id, event: name, timeout: timeout, expression: expression)
    }

    /// Waits for the next event of a type in which a field has a value.
    ///
    /// ```swift
    /// let click = try await step.waitForEvent(
    ///     "click", Clicked.self, timeout: .days(3), where: \.emailID, equals: mail.id)
    /// ```
    ///
    /// - Parameters:
    ///   - timeout: how long to wait, at most 366 days.
    ///   - field: a stored field of the payload that is encoded as a text, number or boolean.
    /// - Returns: the event; nil when none came in time.
    /// - Throws: ``Interruption`` when the run is suspended. ``NonRetriableError`` where the field can't be found in
    ///   the JSON of the type: use `if:` then.
    public func waitForEvent<Payload: EventPayload, Value: Codable & Sendable>(
        _ id: String, _ type: Payload.Type, timeout: TimeSpan, where field: KeyPath<Payload, Value> & Sendable,
        equals value: Value
    ) async throws -> Event<Payload>? {
        let path = try FieldPath(of: field)
        let literal = try CELLiteral(value)
        return try await wait(
            id, event: Payload.eventName, timeout: timeout, expression: "async.data\(path.cel) == \(literal.text)")
    }

    /// Waits for the next event of a type that has the same value in a field as the event that started this run.
    ///
    /// - Parameters:
    ///   - timeout: how long to wait, at most 366 days.
    ///   - field: a stored field that both payloads encode under the same key.
    /// - Returns: the event; nil when none came in time.
    /// - Throws: ``Interruption`` when the run is suspended. ``NonRetriableError`` where the field can't be found in
    ///   the JSON of the type, or this run's event has none of that name: use `if:` then.
    public func waitForEvent<Payload: EventPayload, Value: Codable & Sendable>(
        _ id: String, _ type: Payload.Type, timeout: TimeSpan, match field: KeyPath<Payload, Value> & Sendable
    ) async throws -> Event<Payload>? {
        let path = try FieldPath(of: field)
        guard invocation.call.events.first?["data"]?[path: path.keys] != nil else {
            throw NonRetriableError(
                "the step '\(id)' waits for an event with the same \(path.keys.joined(separator: ".")) as this run's, "
                    + "but the data of this run's event has no such field; use where:equals: or if: instead")
        }
        return try await wait(
            id, event: Payload.eventName, timeout: timeout,
            expression: "event.data\(path.cel) == async.data\(path.cel)")
    }

    private func wait<Payload: Codable & Sendable>(
        _ id: String, event name: String, timeout: TimeSpan, expression: String?
    ) async throws -> Event<Payload>? {
        let options: JSON = [
            "event": .string(name), "if": expression.map(JSON.string), "timeout": .string(timeout.description),
        ]
        return try await wait(StepRequest(id: id, kind: .waitForEvent, name: name, options: options)) { json in
            json.isNull ? nil : try Event(json: json)
        }
    }
}
