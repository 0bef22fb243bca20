import JSON

extension Step {
    /// Waits for a signal: by its name, from one sender, to the one run that waits for it.
    ///
    /// ```swift
    /// let approval = try await step.waitForSignal(
    ///     "approved", signal: "order-\(order.id)", as: Approval.self, timeout: .days(3))
    /// ```
    ///
    /// Signals are not kept: one that is sent before the wait began is refused, and its sender told so.
    ///
    /// - Parameters:
    ///   - name: the signal's name. Only one run waits for a name at a time.
    ///   - type: what the signal carries.
    ///   - timeout: how long to wait, at most 366 days; nil for a year.
    ///   - conflict: what happens where another run waits for that name already.
    /// - Returns: what the signal carried; nil when none came in time.
    /// - Throws: ``StepError`` when another run waits already, or takes the name over; ``Interruption`` when the run is
    ///   suspended.
    public func waitForSignal<Payload: Codable & Sendable>(
        _ id: String, signal name: String, as type: Payload.Type = Payload.self, timeout: TimeSpan? = nil,
        onConflict conflict: SignalConflict = .fail
    ) async throws -> Payload? {
        let options: JSON = [
            "conflict": .string(conflict.rawValue), "signal": .string(name),
            "timeout": .string((timeout ?? .days(365)).description),
        ]
        let request = StepRequest(id: id, kind: .waitForSignal, name: name, options: options)
        return try await wait(request) { json in
            json.isNull ? nil : try (json["data"] ?? .null).decode(Payload.self)
        }
    }

    /// Sends a signal to the run that waits for it, once, however often the step is tried.
    ///
    /// - Parameters:
    ///   - name: the signal's name.
    ///   - data: what it carries.
    /// - Returns: the id of the run that goes on; nil where none waits for the name.
    /// - Throws: ``StepError`` when it could not be sent, ``Interruption`` when the run is suspended.
    @discardableResult
    public func sendSignal(_ id: String, signal name: String, data: some Codable & Sendable) async throws -> String? {
        let client = invocation.client
        return try await run(id, type: "step.sendSignal") { _, _ in try await client.sendSignal(name, data: data) }
    }
}

/// What happens when a run begins to wait for a signal that another one waits for.
public enum SignalConflict: String, Hashable, Sendable {
    /// The new wait fails, with a ``StepError``.
    case fail
    /// The new wait takes over. The other one gets nothing any more, and ends at its timeout.
    case replace
}
