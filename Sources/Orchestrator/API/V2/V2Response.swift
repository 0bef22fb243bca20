import HTTPTypes
import Hummingbird
import JSON
import Wire

/// Answers in the envelope of v2.
struct V2Response {
    let now: Timestamp

    func data(_ data: JSON, status: HTTPResponse.Status = .ok) -> Response {
        APIResponse.json(["data": data, "metadata": metadata], status: status)
    }

    func page(_ elements: [JSON], cursor: String?, hasMore: Bool, limit: Int) -> Response {
        APIResponse.json([
            "data": .array(elements), "metadata": metadata,
            "page": [
                "cursor": hasMore ? cursor.map(JSON.string) ?? .null : .null, "hasMore": .bool(hasMore),
                "limit": .int(limit),
            ],
        ])
    }

    static func error(_ error: APIError) -> Response {
        var headers: HTTPFields = [:]
        if error.status == .tooManyRequests { headers[.retryAfter] = "1" }
        let code =
            switch error.status {
            case .badRequest: "invalid_request"
            case .unauthorized: "authentication_failed"
            case .forbidden: "forbidden"
            case .notFound: "not_found"
            case .conflict: "conflict"
            case .contentTooLarge: "too_large"
            case .tooManyRequests: "rate_limited"
            default: "internal_error"
            }
        return APIResponse.json(
            ["errors": [["code": .string(code), "message": .string(error.message)]]], status: error.status,
            headers: headers)
    }

    private var metadata: JSON { ["cachedUntil": .null, "fetchedAt": .string(now.description)] }
}
