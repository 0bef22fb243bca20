/// What a language model answered.
public struct AIResponse: Codable, Hashable, Sendable {
    /// The answer as the provider gave it.
    public let body: JSONValue

    /// Takes an answer of a provider.
    public init(body: JSONValue) {
        self.body = body
    }

    /// Makes an answer with a text, for tests.
    public init(text: String) {
        self.init(body: ["choices": [["message": ["role": "assistant", "content": .string(text)]]]])
    }

    /// The text of the answer, whichever of the formats it is in; empty where it has none.
    public var text: String {
        if let text = body["choices"]?[0]?["message"]?["content"]?.string { return text }
        let parts =
            body["content"]  // Anthropic
            ?? body["candidates"]?[0]?["content"]?["parts"]  // Gemini
            ?? body["output"]?["message"]?["content"]  // Bedrock
        guard case .array(let parts) = parts else { return "" }
        return parts.compactMap { $0["text"]?.string }.joined()
    }

    /// What was read and written, in tokens, where the provider tells.
    public var usage: Usage? {
        let usage = body["usage"] ?? body["usageMetadata"]
        guard let usage else { return nil }
        func count(_ names: String...) -> Int? {
            names.lazy.compactMap { usage[$0]?.number }.first.flatMap { Int(exactly: $0) }
        }
        guard let input = count("prompt_tokens", "input_tokens", "promptTokenCount", "inputTokens"),
            let output = count("completion_tokens", "output_tokens", "candidatesTokenCount", "outputTokens")
        else { return nil }
        return Usage(inputTokens: input, outputTokens: output)
    }

    /// How much was read and written.
    public struct Usage: Hashable, Sendable {
        /// The tokens of the question.
        public let inputTokens: Int
        /// The tokens of the answer.
        public let outputTokens: Int
    }

    /// Reads the provider's answer.
    public init(from decoder: any Decoder) throws { self.init(body: try JSONValue(from: decoder)) }

    /// Writes the provider's answer.
    public func encode(to encoder: any Encoder) throws { try body.encode(to: encoder) }
}
