import JSON

extension Step {
    /// Runs code with input that the dashboard shows, and that a rerun from this step may replace.
    ///
    /// ```swift
    /// let quote = try await step.run("quote", input: order) { order in try await broker.quote(order) }
    /// ```
    ///
    /// Started again from this step with changed input, the run gives the code what was typed in instead of `order`.
    ///
    /// - Parameters:
    ///   - id: unique in the function.
    ///   - input: one value, kept as JSON; with the result 4 MiB at most.
    ///   - body: the code. It gets the input that counts.
    /// - Throws: ``StepError`` when the step has failed for good, ``Interruption`` when the run is suspended,
    ///   ``NonRetriableError`` where the input can't be encoded.
    @discardableResult
    public func run<Input: Codable & Sendable, Output: Codable & Sendable>(
        _ id: String, input: Input, _ body: @Sendable (Input) async throws -> Output
    ) async throws -> Output {
        try await run(id, type: "step.run", input: input, body)
    }

    /// Runs code with input that the dashboard shows, and that a rerun from this step may replace.
    ///
    /// - Throws: ``StepError`` when the step has failed for good, ``Interruption`` when the run is suspended.
    @_disfavoredOverload
    public func run<Input: Codable & Sendable>(
        _ id: String, input: Input, _ body: @Sendable (Input) async throws -> Void
    ) async throws {
        try await run(id, type: "step.run", input: input) { input in
            try await body(input)
            return Nothing()
        }
    }

    @discardableResult
    func run<Input: Codable & Sendable, Output: Codable & Sendable>(
        _ id: String, type: JSON, input: Input, _ body: (Input) async throws -> Output
    ) async throws -> Output {
        let encoded: JSON
        do {
            encoded = try JSON(encoding: input)
        } catch {
            throw NonRetriableError("the input of the step '\(id)' cannot be encoded: \(explanation(of: error))")
        }
        return try await run(id, type: type, input: [encoded]) { _, replaced in
            guard let replaced else { return try await body(input) }
            guard replaced.count == 1 else {
                throw NonRetriableError("the step '\(id)' takes one input, the rerun gives it \(replaced.count)")
            }
            let other: Input
            do {
                other = try replaced[0].decode(Input.self)
            } catch {
                throw NonRetriableError(
                    "the changed input of the step '\(id)' does not fit \(Input.self): \(explanation(of: error))")
            }
            return try await body(other)
        }
    }
}
