import JSON

/// A language model: where it is asked, in which format, and with which key.
public struct AIModel: Hashable, Sendable {
    /// The shape of requests and answers, and how the key is sent.
    public enum Format: String, Hashable, Sendable {
        /// OpenAI's chat completions, which many others speak too.
        case openAIChat = "openai-chat"
        /// Anthropic's messages.
        case anthropic
        /// Google's `generateContent`.
        case gemini
        /// Amazon Bedrock's `converse`.
        case bedrock
    }

    /// The shape of requests and answers.
    public var format: Format
    /// The provider's name of the model.
    public var name: String
    /// Where the request goes.
    public var url: String
    /// The key. It travels to the orchestrator with each request; empty where `headers` carry it.
    public var apiKey: String
    /// Further headers.
    public var headers: [String: String]

    /// A model of any provider that speaks one of the formats.
    ///
    /// - Parameter url: where the request goes, complete.
    public init(_ name: String, format: Format, url: String, apiKey: String, headers: [String: String] = [:]) {
        self.format = format
        self.name = name
        self.url = url
        self.apiKey = apiKey
        self.headers = headers
    }

    /// A model of OpenAI, or of a server that speaks its chat completions.
    public static func openAI(
        _ name: String, apiKey: String, baseURL: String = "https://api.openai.com/v1"
    ) -> AIModel {
        AIModel(name, format: .openAIChat, url: "\(baseURL)/chat/completions", apiKey: apiKey)
    }

    /// A model of Anthropic.
    public static func anthropic(
        _ name: String, apiKey: String, baseURL: String = "https://api.anthropic.com/v1"
    ) -> AIModel {
        AIModel(
            name, format: .anthropic, url: "\(baseURL)/messages", apiKey: apiKey,
            headers: ["anthropic-version": "2023-06-01"])
    }

    /// A model of Google.
    public static func gemini(
        _ name: String, apiKey: String, baseURL: String = "https://generativelanguage.googleapis.com/v1beta"
    ) -> AIModel {
        AIModel(name, format: .gemini, url: "\(baseURL)/models/\(queryValue(name)):generateContent", apiKey: apiKey)
    }

    /// A model on Amazon Bedrock, by an API key of Bedrock.
    ///
    /// - Parameter region: such as `eu-central-1`.
    public static func bedrock(_ name: String, region: String, apiKey: String) -> AIModel {
        AIModel(
            name, format: .bedrock,
            url: "https://bedrock-runtime.\(region).amazonaws.com/model/\(queryValue(name))/converse",
            // This format's key is sent as the whole header.
            apiKey: apiKey.isEmpty ? "" : "Bearer \(apiKey)")
    }

    /// A model of DeepSeek.
    public static func deepSeek(_ name: String, apiKey: String) -> AIModel {
        openAI(name, apiKey: apiKey, baseURL: "https://api.deepseek.com/v1")
    }

    /// A model of xAI.
    public static func grok(_ name: String, apiKey: String) -> AIModel {
        openAI(name, apiKey: apiKey, baseURL: "https://api.x.ai/v1")
    }

    /// The body with the model's name, in the formats that have it there.
    func named(_ body: JSON) -> JSON {
        switch format {
        case .openAIChat, .anthropic: body["model"] == nil ? body.merging(["model": .string(name)]) : body
        case .gemini, .bedrock: body
        }
    }
}

extension AIModel: CustomStringConvertible, CustomReflectable {
    /// Name and URL. No key.
    public var description: String { "\(name) at \(url)" }

    /// Nothing, for the key's sake.
    public var customMirror: Mirror { Mirror(self, children: []) }
}
