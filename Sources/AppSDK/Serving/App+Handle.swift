import HTTPTypes
import JSON
import Wire

extension App {
    /// Answers a request to the app's endpoint, whatever server it came through.
    ///
    /// `GET` tells what is served, `PUT` registers the app with the orchestrator, `POST` runs a function;
    /// everything else is 405. In cloud mode calls must be signed, and answers are.
    ///
    /// - Parameters:
    ///   - request: the head, its path with the query.
    ///   - body: the whole body. Read no more than ``Configuration/bodyLimit`` bytes of it; beyond, it is refused.
    public func handle(_ request: HTTPRequest, body: [UInt8]) async -> (response: HTTPResponse, body: [UInt8]) {
        let response = signed(await respond(to: IncomingRequest(request, body: body)))
        return (head(of: response, size: response.body.count), response.body)
    }

    /// An answer with its signature, in cloud mode.
    func signed(_ response: CallResponse) -> CallResponse {
        guard configuration.mode == .cloud, let key = keys.main else { return response }
        var response = response
        response.headers[HeaderName.signature] = key.sign(response.body, at: configuration.clock())
        return response
    }

    /// - Parameter size: the length of the body in bytes, where it is known.
    func head(of response: CallResponse, size: Int?) -> HTTPResponse {
        var head = HTTPResponse(status: .init(code: response.status))
        for (name, value) in response.headers {
            if let name = HTTPField.Name(name) { head.headerFields[name] = value }
        }
        if let size { head.headerFields[.contentLength] = String(size) }
        return head
    }

    func respond(to request: IncomingRequest) async -> CallResponse {
        guard request.body.count <= configuration.bodyLimit else { return bodyTooLarge }
        serverKindWarning.note(request, mode: configuration.mode, to: configuration.logger)
        switch request.method {
        case .get: return introspection(for: request)
        case .put: return await sync(request)
        case .post: return await call(request)
        default:
            var response = refusal(
                405, name: "MethodNotAllowed", "\(request.method.rawValue) is not possible here; GET, PUT and POST are")
            response.headers["allow"] = "GET, PUT, POST"
            return response
        }
    }

    /// The answer to a body that is larger than ``Configuration/bodyLimit``.
    package var bodyTooLarge: CallResponse {
        refusal(413, name: "BodyTooLarge", "the body is larger than \(configuration.bodyLimit) bytes")
    }

    private func call(_ request: IncomingRequest) async -> CallResponse {
        switch trust(in: request) {
        case .verified, .notNeeded: break
        case .noKey:
            return refusal(
                500, name: "NoSigningKey",
                "the app is in cloud mode and has no signing key: set INNGEST_SIGNING_KEY, or INNGEST_DEV=1")
        case .missing, .wrong: return unauthorized
        }
        if request.query["probe"] == "trust" { return json(200, .emptyObject) }
        guard let slug = request.query["fnId"] else {
            return refusal(400, name: "InvalidCall", "the query has no fnId, which names the function to run")
        }
        let middleware = MiddlewareStack(configuration.middleware)
        if middleware.isEmpty {
            return await answer(request.body, function: slug, targetStep: request.query["stepId"])
        }
        let (head, body) = await middleware.request(request.head, request.body) { head, body in
            let query = Query(head.path ?? "")
            let response = await answer(body, function: query["fnId"] ?? slug, targetStep: query["stepId"])
            return (self.head(of: response, size: nil), response.body)
        }
        return CallResponse(head, body)
    }

    var unauthorized: CallResponse { json(401, ["message": "Unauthorized"]) }

    /// Who sent a request, as far as its signature tells.
    enum Trust: Sendable {
        case verified, notNeeded, missing, wrong, noKey
    }

    func trust(in request: IncomingRequest) -> Trust {
        if configuration.mode == .dev { return .notNeeded }
        return signature(of: request)
    }

    /// Checks a signature where there is one, in either mode.
    func signature(of request: IncomingRequest) -> Trust {
        guard keys.main != nil || keys.fallback != nil else { return .noKey }
        guard let signature = request.signature else { return .missing }
        return keys.verify(signature, of: request.body, at: configuration.clock()) ? .verified : .wrong
    }
}

/// A request to the app's endpoint.
struct IncomingRequest: Sendable {
    let method: HTTPRequest.Method
    let body: [UInt8]
    let query: Query
    let head: HTTPRequest

    init(_ head: HTTPRequest, body: [UInt8]) {
        self.head = head
        self.body = body
        method = head.method
        query = Query(head.path ?? "/")
    }

    var signature: String? { self[HeaderName.signature] }

    subscript(header: String) -> String? { HTTPField.Name(header).flatMap { head.headerFields[$0] } }

    /// The path without its query.
    var path: String { String((head.path ?? "/").prefix { $0 != "?" }) }

    /// The origin that the client asked, as far as it can be known behind proxies.
    func origin(scheme fallback: String) -> String? {
        guard let host = self["x-forwarded-host"] ?? head.authority ?? self["host"] else { return nil }
        return "\(self["x-forwarded-proto"] ?? head.scheme ?? fallback)://\(host)"
    }
}

extension CallResponse {
    fileprivate init(_ head: HTTPResponse, _ body: [UInt8]) {
        let headers = head.headerFields.map { ($0.name.canonicalName, $0.value) }
        self.init(
            status: head.status.code, headers: Dictionary(headers, uniquingKeysWith: { "\($0), \($1)" }), body: body)
    }
}
