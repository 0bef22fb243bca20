import Engine
import Expressions
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

    func limit() throws -> Int { try number("limit", in: 1...Self.maximumLimit) ?? 50 }

    func statuses() throws -> Set<Run.Status> {
        Set(
            try all("status").map { name in
                guard let status = Run.Status(name: name) else {
                    let known = Run.Status.allCases.map(\.name).joined(separator: ", ")
                    throw APIError(.badRequest, "status: '\(name)' is none of \(known)")
                }
                return status
            })
    }

    func id(_ name: String) throws -> ULID? {
        guard let text = self[name] else { return nil }
        guard let id = ULID(text) else { throw APIError(.badRequest, "\(name): '\(text)' is no ULID") }
        return id
    }

    func flag(_ name: String) throws -> Bool {
        switch self[name] {
        case nil, "false": return false
        case "true": return true
        case let text?: throw APIError(.badRequest, "\(name): '\(text)' is neither true nor false")
        }
    }

    func number(_ name: String, in range: ClosedRange<Int>) throws -> Int? {
        guard let text = self[name] else { return nil }
        guard let number = Int(text), range.contains(number) else {
            throw APIError(
                .badRequest, "\(name): '\(text)' is not between \(range.lowerBound) and \(range.upperBound)")
        }
        return number
    }

    /// A condition, compiled.
    func condition(_ name: String, variables: [String]) throws -> Expression? {
        guard let source = self[name] else { return nil }
        do {
            return try Expression.compile(source, variables: variables)
        } catch {
            throw APIError(.badRequest, "\(name): \(error)")
        }
    }

    func time(_ name: String) throws -> Timestamp? {
        guard let text = self[name] else { return nil }
        guard let time = Timestamp(rfc3339: text) else {
            throw APIError(.badRequest, "\(name): '\(text)' is no RFC 3339 time such as 2026-11-23T12:00:00Z")
        }
        return time
    }
}
