import Engine
import HTTPTypes
import Hummingbird
import JSON
import NIOCore
import Wire

/// Answers of the API: JSON in the envelope that docs/api.md describes.
struct APIResponse {
    /// The orchestrator's time.
    let now: Timestamp

    /// Any JSON.
    static func json(_ json: JSON, status: HTTPResponse.Status = .ok, headers: HTTPFields = [:]) -> Response {
        var fields = headers
        fields[.contentType] = "application/json"
        return Response(
            status: status, headers: fields, body: ResponseBody(byteBuffer: ByteBuffer(bytes: json.bytes)))
    }

    /// One thing that was read.
    func data(_ data: JSON, status: HTTPResponse.Status = .ok) -> Response {
        Self.json(["data": data, "metadata": metadata], status: status)
    }

    /// A part of a list that was read.
    ///
    /// - Parameter scanned: how many rows a search has looked at, and the time of the oldest.
    func page(
        _ elements: [JSON], cursor: String?, hasMore: Bool, scanned: (count: Int, back: Timestamp?)? = nil
    ) -> Response {
        Self.json([
            "data": .array(elements), "metadata": metadata,
            "page": [
                "cursor": hasMore ? cursor.map(JSON.string) ?? .null : .null, "has_more": .bool(hasMore),
                "scanned": scanned.map { .int($0.count) },
                "scanned_to": scanned.flatMap { $0.back }.map { .string($0.description) },
            ],
        ])
    }

    static func error(
        _ message: String, status: HTTPResponse.Status, code: String? = nil, details: [JSON] = []
    ) -> Response {
        var headers: HTTPFields = [:]
        if status == .tooManyRequests { headers[.retryAfter] = "1" }
        return json(
            [
                "code": code.map(JSON.string), "data": details.isEmpty ? nil : .array(details),
                "error": .string(message), "status": .int(status.code),
            ], status: status, headers: headers)
    }

    private var metadata: JSON { ["cached_until": .null, "fetched_at": .string(now.description)] }
}

/// An error that has an answer.
struct APIError: Error {
    let status: HTTPResponse.Status
    let message: String
    let code: String?
    let details: [JSON]

    init(_ status: HTTPResponse.Status, _ message: String, code: String? = nil, details: [JSON] = []) {
        self.status = status
        self.message = message
        self.code = code
        self.details = details
    }

    /// What an error means to the caller.
    init(_ error: any Error) {
        switch error {
        case let error as APIError: self = error
        case let error as Refusal:
            self.init(Self.status(error.reason), error.description, code: error.code, details: error.details)
        case is Overloaded: self.init(.tooManyRequests, "\(error)")
        case is ShuttingDown: self.init(.serviceUnavailable, "\(error)")
        case let error as JSONError: self.init(.badRequest, error.description)
        case let error as InvalidRegistration: self.init(.badRequest, error.description)
        case let error as HTTPError: self.init(error.status, error.body ?? error.status.reasonPhrase)
        default: self.init(.serviceUnavailable, "the store fails: \(error)")
        }
    }

    private static func status(_ reason: Refusal.Reason) -> HTTPResponse.Status {
        switch reason {
        case .invalid: .badRequest
        case .notFound: .notFound
        case .conflict: .conflict
        case .tooLarge: .contentTooLarge
        }
    }

    var response: Response { APIResponse.error(message, status: status, code: code, details: details) }
}

/// Turns every error into an answer, and says on each answer what kind of server this is.
struct AnswerErrors<Context: RequestContext>: RouterMiddleware {
    let kind: ServerKind

    func handle(_ request: Request, context: Context, next: (Request, Context) async throws -> Response) async
        -> Response
    {
        var response: Response
        func answer(_ error: APIError) -> Response {
            V2Routes.serves(request.uri.path) ? V2Response.error(error) : error.response
        }
        do {
            response = try await next(request, context)
        } catch let error as HTTPError where error.status == .notFound && error.body == nil {
            let route = "\(request.method.rawValue) \(request.uri.path.prefix(200))"
            response = answer(APIError(.notFound, "Not Found: nothing answers \(route)"))
        } catch {
            response = answer(APIError(error))
        }
        // A body after HEAD would be read as the next answer.
        if request.method == .head { response = response.createHeadResponse() }
        if let name = HTTPField.Name(HeaderName.serverKind) { response.headers[name] = kind.rawValue }
        return response
    }
}
