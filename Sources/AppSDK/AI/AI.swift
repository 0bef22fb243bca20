import JSON

extension Step {
    /// Language models: asked by the orchestrator, or by code of yours whose input is shown.
    public var ai: AI { AI(step: self) }
}

/// Steps that have to do with language models.
public struct AI: Sendable {
    let step: Step

    /// Lets the orchestrator ask a language model, and waits for the answer. The app does nothing meanwhile.
    ///
    /// ```swift
    /// let answer = try await step.ai.infer(
    ///     "summary", .anthropic("claude-sonnet-4-5", apiKey: key),
    ///     prompt: AIPrompt([.system("Answer in one sentence."), .user(text)], maxTokens: 200))
    /// try await step.run("store") { try await store(answer.text) }
    /// ```
    ///
    /// - Parameters:
    ///   - id: unique in the function.
    ///   - model: which one, and the key to it. The key travels to the orchestrator with the request.
    ///   - prompt: written in the format of the model's provider.
    /// - Throws: ``StepError`` when the provider refused or did not answer, after retries; ``Interruption`` when the
    ///   run is suspended.
    public func infer(_ id: String, _ model: AIModel, prompt: AIPrompt) async throws -> AIResponse {
        try await infer(id, model, body: prompt.body(for: model))
    }

    /// Lets the orchestrator ask a language model by a body of yours: for all that ``AIPrompt`` has no words for, as
    /// tools and images.
    ///
    /// - Parameters:
    ///   - id: unique in the function.
    ///   - model: which one, and the key to it. The key travels to the orchestrator with the request.
    ///   - body: an object as the provider's API takes it. The model's name is added where it is missing.
    /// - Throws: ``StepError`` when the provider refused or did not answer, after retries; ``Interruption`` when the
    ///   run is suspended.
    public func infer(_ id: String, _ model: AIModel, body: JSONValue) async throws -> AIResponse {
        let options: JSON = [
            "auth_key": .string(model.apiKey), "body": model.named(JSON(body)),
            "format": .string(model.format.rawValue),
            "headers": .object(model.headers.map { ($0.key, .string($0.value)) }), "type": "step.ai.infer",
            "url": .string(model.url),
        ]
        return try await step.wait(StepRequest(id: id, kind: .infer, options: options)) {
            AIResponse(body: JSONValue($0))
        }
    }

    /// Runs code that asks a language model, by whatever client you like, with an input that the dashboard shows and
    /// that a rerun may replace. Apart from how it is shown, it is ``Step/run(_:input:_:)``.
    ///
    /// - Throws: ``StepError`` when the step has failed for good, ``Interruption`` when the run is suspended.
    @discardableResult
    public func wrap<Input: Codable & Sendable, Output: Codable & Sendable>(
        _ id: String, input: Input, _ body: @Sendable (Input) async throws -> Output
    ) async throws -> Output {
        try await step.run(id, type: "step.ai.wrap", input: input, body)
    }
}
