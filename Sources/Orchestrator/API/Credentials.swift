import HTTPTypes
import Hummingbird
import Wire

/// What a caller has to show.
struct Credentials: Sendable {
    /// Nil in `dev`, where nothing is asked.
    let signingKey: SigningKey?
    /// The key before or after this one, while keys are changed: callers may show either, all is signed with the first.
    var fallbackKey: SigningKey?
    /// Event keys; empty in `dev`, where any will do.
    let eventKeys: [String]

    static let none = Credentials(signingKey: nil, eventKeys: [])

    init(signingKey: SigningKey?, fallbackKey: SigningKey? = nil, eventKeys: [String]) {
        self.signingKey = signingKey
        self.fallbackKey = fallbackKey
        self.eventKeys = eventKeys
    }

    func accepts(eventKey: String) -> Bool {
        guard signingKey != nil else { return true }
        // All are compared, so that the time does not tell which came close.
        return eventKeys.reduce(false) { constantTimeEqual(Array($1.utf8), Array(eventKey.utf8)) || $0 }
    }

    private static let scheme = "bearer "

    static func showsToken(_ request: Request) -> Bool {
        request.headers[.authorization]?.lowercased().hasPrefix(scheme) ?? false
    }

    /// - Throws: ``APIError`` 401.
    func check(_ request: Request) throws {
        guard let signingKey else { return }
        let token = String((request.headers[.authorization] ?? "").dropFirst(Self.scheme.utf8.count))
        // Both are compared, so that the time does not tell which came close.
        let accepting = [signingKey, fallbackKey].compactMap { $0?.accepts(bearer: token) }
        guard Self.showsToken(request), accepting.contains(true) else {
            throw APIError(
                .unauthorized, "'Authorization: Bearer <signing key or its hash>' is missing or wrong for this server")
        }
    }
}

/// Lets nobody through without the signing key, or a session of the dashboard.
struct Authorize<Context: RequestContext>: RouterMiddleware {
    let credentials: Credentials
    let sessions: DashboardSessions

    func handle(_ request: Request, context: Context, next: (Request, Context) async throws -> Response) async throws
        -> Response
    {
        // Other kinds of `Authorization` are about a proxy in front.
        if !Credentials.showsToken(request), let session = sessions.session(of: request) {
            try sessions.check(request, session)
            var response = try await next(request, context)
            response.headers[.cacheControl] = "no-store"
            return response
        }
        try credentials.check(request)
        return try await next(request, context)
    }
}
