import HTTPTypes
import Hummingbird
import Wire

/// The query of a request, with checks that name the parameter at fault.
struct QueryParameters {
    private let request: Request

    init(_ request: Request) {
        self.request = request
    }

    /// The most elements of one answer.
    private static let maximumLimit = 1000

    subscript(name: String) -> String? {
        request.uri.queryParameters[Substring(name)].map(String.init).flatMap { $0.isEmpty ? nil : $0 }
    }

    func all(_ name: String) -> [String] {
        request.uri.queryParameters.getAll(name).flatMap { $0.split(separator: ",").map(String.init) }
    }

    func limit() throws -> Int {
        guard let text = self["limit"] else { return 50 }
        guard let limit = Int(text), (1...Self.maximumLimit).contains(limit) else {
            throw APIError(.badRequest, "limit: '\(text)' is not between 1 and \(Self.maximumLimit)")
        }
        return limit
    }

    func id(_ name: String) throws -> ULID? {
        guard let text = self[name] else { return nil }
        guard let id = ULID(text) else { throw APIError(.badRequest, "\(name): '\(text)' is no ULID") }
        return id
    }

    func time(_ name: String) throws -> Timestamp? {
        guard let text = self[name] else { return nil }
        guard let time = Timestamp(rfc3339: text) else {
            throw APIError(.badRequest, "\(name): '\(text)' is no RFC 3339 time such as 2026-11-23T12:00:00Z")
        }
        return time
    }
}
