import JSON
import Wire

/// The steps of a function.
///
/// A step that has finished answers from memory when the function is run again, so its code runs once, but for
/// retries. Ids are unique in a function; an id that is used again, as in a loop, counts up in the order of the calls.
/// Steps run in parallel by `async let` and task groups. Those in an unstructured `Task` are not waited for.
public struct Step: Sendable {
    let invocation: Invocation

    /// Runs code once and remembers its result.
    ///
    /// The code may run again when it throws, or when the app stops before the result is stored: make it safe to
    /// repeat, or hand ``StepContext/idempotencyKey`` on. The result is kept as JSON, 4 MiB at most; dates keep
    /// milliseconds.
    ///
    /// - Parameters:
    ///   - id: unique in the function.
    ///   - body: the code. A thrown error is retried, but for ``NonRetriableError``; ``RetryAfterError`` says when.
    /// - Throws: ``StepError`` when the step has failed for good, ``Interruption`` when the run is suspended.
    @discardableResult
    public func run<Output: Codable & Sendable>(
        _ id: String, _ body: @Sendable () async throws -> Output
    ) async throws -> Output {
        try await run(id, type: "step.run") { _, _ in try await body() }
    }

    /// Runs code once and remembers its result. The code gets to know about itself: attempt and idempotency key.
    ///
    /// - Throws: ``StepError`` when the step has failed for good, ``Interruption`` when the run is suspended.
    @discardableResult
    public func run<Output: Codable & Sendable>(
        _ id: String, _ body: @Sendable (StepContext) async throws -> Output
    ) async throws -> Output {
        try await run(id, type: "step.run") { context, _ in try await body(context) }
    }

    // The forms without a value are disfavoured: a closure that ends in one could be read as dropping it.

    /// Runs code once. See the form that returns a value.
    ///
    /// - Throws: ``StepError`` when the step has failed for good, ``Interruption`` when the run is suspended.
    @_disfavoredOverload
    public func run(_ id: String, _ body: @Sendable () async throws -> Void) async throws {
        try await run(id, type: "step.run") { _, _ in
            try await body()
            return Nothing()
        }
    }

    /// Runs code once. See the form that returns a value. The code gets to know about itself.
    ///
    /// - Throws: ``StepError`` when the step has failed for good, ``Interruption`` when the run is suspended.
    @_disfavoredOverload
    public func run(_ id: String, _ body: @Sendable (StepContext) async throws -> Void) async throws {
        try await run(id, type: "step.run") { context, _ in
            try await body(context)
            return Nothing()
        }
    }

    /// - Parameters:
    ///   - input: what the step shows as its input.
    ///   - body: gets what a rerun gives instead of the input; nil where there is no such thing.
    @discardableResult
    func run<Output: Codable & Sendable>(
        _ id: String, type: JSON, input: [JSON]? = nil, _ body: (StepContext, [JSON]?) async throws -> Output
    ) async throws -> Output {
        let options: JSON = ["input": input.map(JSON.array), "type": type]
        switch try await invocation.arrive(at: StepRequest(id: id, kind: .run, options: options)) {
        case .memo(let memo, _):
            return try value(of: memo, step: id) { try $0.decode(Output.self) }
        case .execute(let call):
            let context = StepContext(
                attempt: invocation.call.attempt, maxAttempts: invocation.call.maxAttempts,
                idempotencyKey: "\(invocation.call.runID)-\(call.stepID)")
            let stored = try await invocation.execute(call) {
                let output = try await body(context, call.replacedInput)
                do {
                    return try JSON(encoding: output)
                } catch {
                    throw NonRetriableError(
                        "the result of the step '\(id)' cannot be encoded: \(explanation(of: error))")
                }
            }
            // From what is stored, so that the function sees now what it will see in each later call.
            return try value(of: .value(stored), step: id) { try $0.decode(Output.self) }
        }
    }

    /// Waits for something that the orchestrator does.
    func wait<Output>(_ request: StepRequest, decode: (JSON) throws -> Output) async throws -> Output {
        switch try await invocation.arrive(at: request) {
        case .memo(let memo, _): try value(of: memo, step: request.id, decode: decode)
        case .execute: throw invocation.fail("the step '\(request.id)' is none that an app can run")
        }
    }

    private func value<Output>(of memo: Memo, step id: String, decode: (JSON) throws -> Output) throws -> Output {
        switch memo {
        case .failure(let error): throw StepError(stepID: id, reported: error)
        case .input: throw invocation.fail("the step '\(id)' has input where a result is expected")
        case .value(let json):
            do {
                return try decode(json)
            } catch {
                throw invocation.fail(
                    """
                    the stored result of the step '\(id)' does not fit \(Output.self): \(explanation(of: error)). \
                    Keep a type that reads what runs in flight have stored, or give the step a new id.
                    """)
            }
        }
    }
}

/// The result of a step without one: `null`. Any JSON is read as it.
struct Nothing: Codable, Sendable {
    init() {}

    init(from decoder: any Decoder) throws {}

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encodeNil()
    }
}
