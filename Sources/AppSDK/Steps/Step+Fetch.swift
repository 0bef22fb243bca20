import Foundation
import JSON

extension Step {
    /// Lets the orchestrator make an HTTP request, and waits for the answer. The app does nothing meanwhile, not even
    /// hold a connection, however long the answer takes.
    ///
    /// ```swift
    /// let answer = try await step.fetch("rates", "https://rates.example/today")
    /// let rates = try answer.decode(Rates.self)
    /// ```
    ///
    /// Any answer is a result, whatever its status: look at ``FetchResponse/isSuccess``. A request that gets none is
    /// made again, as often as the function's `.retries(n)` says.
    ///
    /// The request goes out from the orchestrator, so it reaches what the orchestrator can reach. It is stored and
    /// shown there as it is, its headers included.
    ///
    /// - Throws: ``StepError`` when there was no answer, ``Interruption`` when the run is suspended,
    ///   ``NonRetriableError`` where the URL is none of http or https.
    @discardableResult
    public func fetch(_ id: String, _ request: FetchRequest) async throws -> FetchResponse {
        guard let url = URL(string: request.url), ["http", "https"].contains(url.scheme?.lowercased()), url.host != nil
        else {
            throw NonRetriableError("the step '\(id)' fetches '\(request.url)': a URL of http or https is expected")
        }
        let options: JSON = [
            "body": request.body.map(JSON.string),
            "headers": .object(request.headers.map { ($0.key, .string($0.value)) }),
            "method": .string(request.method), "type": "step.fetch", "url": .string(request.url),
        ]
        return try await wait(StepRequest(id: id, kind: .fetch, options: options)) { try $0.decode(FetchResponse.self) }
    }

    /// Lets the orchestrator make an HTTP request, and waits for the answer. See ``fetch(_:_:)``.
    ///
    /// - Parameters:
    ///   - url: of http or https.
    ///   - body: the body as text, up to 4 MiB.
    /// - Throws: ``StepError`` when there was no answer, ``Interruption`` when the run is suspended,
    ///   ``NonRetriableError`` where the URL is none of http or https.
    @discardableResult
    public func fetch(
        _ id: String, _ url: String, method: String = "GET", headers: [String: String] = [:], body: String? = nil
    ) async throws -> FetchResponse {
        try await fetch(id, FetchRequest(url, method: method, headers: headers, body: body))
    }
}

/// An HTTP request that the orchestrator makes.
public struct FetchRequest: Hashable, Sendable {
    /// Of http or https.
    public var url: String
    /// `GET`, `POST`, …
    public var method: String
    /// By name.
    public var headers: [String: String]
    /// The body as text, up to 4 MiB; nil for none.
    public var body: String?

    /// A request with a body of text, or none.
    public init(_ url: String, method: String = "GET", headers: [String: String] = [:], body: String? = nil) {
        self.url = url
        self.method = method
        self.headers = headers
        self.body = body
    }

    /// A request with a body of JSON, and the header that says so.
    ///
    /// - Throws: `EncodingError` where the value has no JSON.
    public init(
        _ url: String, method: String = "POST", headers: [String: String] = [:], json: some Encodable
    ) throws {
        self.init(url, method: method, headers: headers, body: try JSON(encoding: json).text)
        if !headers.keys.contains(where: { $0.lowercased() == "content-type" }) {
            self.headers["content-type"] = "application/json"
        }
    }
}

/// What a server answered to the orchestrator.
public struct FetchResponse: Codable, Hashable, Sendable {
    /// The HTTP status, such as 200.
    public var status: Int
    /// By name in lower case. Where a header came several times, its values are joined by commas.
    public var headers: [String: String]
    /// The body as text.
    public var body: String
    /// Where the answer came from, after redirects.
    public var url: String

    /// Whether the status is one of 200 to 299.
    public var isSuccess: Bool { (200..<300).contains(status) }

    /// Makes one, for tests.
    public init(status: Int = 200, headers: [String: String] = [:], body: String = "", url: String = "") {
        self.status = status
        self.headers = headers
        self.body = body
        self.url = url
    }

    /// The body, which is JSON, as a type of yours.
    ///
    /// - Throws: `DecodingError` where it has another shape, ``NonRetriableError`` where it is no JSON.
    public func decode<Value: Decodable>(_ type: Value.Type = Value.self) throws -> Value {
        let json: JSON
        do {
            json = try JSON(parsing: body)
        } catch {
            throw NonRetriableError("the answer of \(url) (HTTP \(status)) is \(error)")
        }
        return try json.decode(type)
    }

    private enum CodingKeys: String, CodingKey {
        case status = "status_code"
        case headers, body, url
    }

    /// Reads what the orchestrator stores.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        let headers = try container.decodeIfPresent([String: JSONValue].self, forKey: .headers) ?? [:]
        self.init(
            status: try container.decodeIfPresent(Int.self, forKey: .status) ?? 0,
            headers: Dictionary(
                headers.map { ($0.key.lowercased(), Self.text(of: $0.value)) }, uniquingKeysWith: { "\($0), \($1)" }),
            body: try container.decodeIfPresent(String.self, forKey: .body) ?? "",
            url: try container.decodeIfPresent(String.self, forKey: .url) ?? "")
    }

    /// Orchestrators write a header as a text or as a list of texts.
    private static func text(of value: JSONValue) -> String {
        switch value {
        case .string(let text): text
        case .array(let texts): texts.compactMap(\.string).joined(separator: ", ")
        default: ""
        }
    }
}
