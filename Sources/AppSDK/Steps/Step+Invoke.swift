import JSON

extension Step {
    /// Starts another function of this app and waits for its result.
    ///
    /// - Parameters:
    ///   - function: the function; only its id and types count.
    ///   - data: what it gets as the data of its event. It is encoded to a JSON object.
    ///   - timeout: how long to wait, at most 366 days; nil for a year. The other run is not cancelled by it.
    /// - Throws: ``StepError`` when the other run failed or took too long, ``Interruption`` when this run is suspended.
    @discardableResult
    public func invoke<Target: DurableFunction>(
        _ id: String, function: Target, data: Target.Input, timeout: TimeSpan? = nil
    ) async throws -> Target.Output {
        let reference = FunctionReference<Target.Input, Target.Output>(function: function.id)
        return try await invoke(id, reference, data, timeout, function.outputCoding)
    }

    /// Starts a function by a reference, of this app or another, and waits for its result.
    ///
    /// - Parameters:
    ///   - data: what it gets as the data of its event. It is encoded to a JSON object.
    ///   - timeout: how long to wait, at most 366 days; nil for a year. The other run is not cancelled by it.
    /// - Throws: ``StepError`` when the other run failed or took too long, ``Interruption`` when this run is suspended.
    @discardableResult
    public func invoke<Input, Output: Codable & Sendable>(
        _ id: String, function: FunctionReference<Input, Output>, data: Input, timeout: TimeSpan? = nil
    ) async throws -> Output {
        try await invoke(id, function, data, timeout, .json)
    }

    /// Starts a function by a reference, and waits until it has ended. See the form that gives a result.
    ///
    /// - Throws: ``StepError`` when the other run failed or took too long, ``Interruption`` when this run is suspended.
    public func invoke<Input>(
        _ id: String, function: FunctionReference<Input, Void>, data: Input, timeout: TimeSpan? = nil
    ) async throws {
        try await invoke(id, function, data, timeout, .nothing)
    }

    private func invoke<Input, Output>(
        _ id: String, _ function: FunctionReference<Input, Output>, _ data: Input, _ timeout: TimeSpan?,
        _ coding: OutputCoding<Output>
    ) async throws -> Output {
        let payload: JSON
        do {
            payload = try JSON(encoding: data)
        } catch {
            throw NonRetriableError("the data of the step '\(id)' cannot be encoded: \(explanation(of: error))")
        }
        guard payload.kind == .object || payload.isNull else {
            throw NonRetriableError(
                "the data of the step '\(id)' is a JSON \(payload.kind.rawValue); make it an object")
        }
        let slug = "\(function.app ?? invocation.app.id)-\(function.function)"
        let options: JSON = [
            "function_id": .string(slug), "payload": ["data": payload.isNull ? .emptyObject : payload],
            "timeout": timeout.map { .string($0.description) },
        ]
        return try await wait(StepRequest(id: id, kind: .invoke, options: options)) { try coding.decode($0) }
    }
}
