/// What a language model is asked, in no provider's words.
public struct AIPrompt: Hashable, Sendable {
    /// One turn of the conversation.
    public struct Message: Hashable, Sendable {
        /// Who speaks.
        public enum Role: String, Hashable, Sendable {
            /// Says how the model is to behave.
            case system
            /// Asks.
            case user
            /// The model itself, earlier.
            case assistant
        }

        /// Who speaks.
        public var role: Role
        /// What is said.
        public var text: String

        /// A turn of the conversation.
        public init(_ role: Role, _ text: String) {
            self.role = role
            self.text = text
        }

        /// How the model is to behave.
        public static func system(_ text: String) -> Message { Message(.system, text) }
        /// A question.
        public static func user(_ text: String) -> Message { Message(.user, text) }
        /// An earlier answer.
        public static func assistant(_ text: String) -> Message { Message(.assistant, text) }
    }

    /// The conversation in its order.
    public var messages: [Message]
    /// The longest answer, in tokens. Nil leaves it to the provider; Anthropic wants a number and gets 1024.
    public var maxTokens: Int?
    /// How freely the model chooses, from 0; nil leaves it to the provider.
    public var temperature: Double?

    /// A conversation.
    public init(_ messages: [Message], maxTokens: Int? = nil, temperature: Double? = nil) {
        self.messages = messages
        self.maxTokens = maxTokens
        self.temperature = temperature
    }

    /// The body of a request in a model's format.
    func body(for model: AIModel) -> JSONValue {
        switch model.format {
        case .openAIChat: openAIChat
        case .anthropic: anthropic
        case .gemini: gemini
        case .bedrock: bedrock
        }
    }

    private var system: [Message] { messages.filter { $0.role == .system } }
    private var turns: [Message] { messages.filter { $0.role != .system } }
    private var limit: JSONValue? { maxTokens.map { .number(Double($0)) } }
    private var heat: JSONValue? { temperature.map { .number($0) } }

    private var openAIChat: JSONValue {
        let messages = messages.map { ["role": .string($0.role.rawValue), "content": .string($0.text)] as JSONValue }
        return object([("messages", .array(messages)), ("max_completion_tokens", limit), ("temperature", heat)])
    }

    private var anthropic: JSONValue {
        let turns = turns.map { ["role": .string($0.role.rawValue), "content": .string($0.text)] as JSONValue }
        let system = system.map(\.text).joined(separator: "\n\n")
        return object([
            ("messages", .array(turns)), ("system", system.isEmpty ? nil : .string(system)),
            ("max_tokens", limit ?? 1024), ("temperature", heat),
        ])
    }

    private var gemini: JSONValue {
        let turns = turns.map {
            ["role": $0.role == .assistant ? "model" : "user", "parts": [["text": .string($0.text)]]] as JSONValue
        }
        let system = system.map { ["text": .string($0.text)] as JSONValue }
        let configuration = object([("maxOutputTokens", limit), ("temperature", heat)])
        return object([
            ("contents", .array(turns)),
            ("systemInstruction", system.isEmpty ? nil : ["parts": .array(system)]),
            ("generationConfig", configuration == [:] ? nil : configuration),
        ])
    }

    private var bedrock: JSONValue {
        let turns = turns.map {
            ["role": .string($0.role.rawValue), "content": [["text": .string($0.text)]]] as JSONValue
        }
        let system = system.map { ["text": .string($0.text)] as JSONValue }
        let configuration = object([("maxTokens", limit), ("temperature", heat)])
        return object([
            ("messages", .array(turns)), ("system", system.isEmpty ? nil : .array(system)),
            ("inferenceConfig", configuration == [:] ? nil : configuration),
        ])
    }

    private func object(_ members: [(String, JSONValue?)]) -> JSONValue {
        .object(Dictionary(members.compactMap { key, value in value.map { (key, $0) } }, uniquingKeysWith: { $1 }))
    }
}
