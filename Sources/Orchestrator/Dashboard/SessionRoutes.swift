import HTTPTypes
import Hummingbird
import JSON
import Wire

/// People log in and out.
struct SessionRoutes {
    let kind: ServerKind
    let sessions: DashboardSessions
    /// The orchestrator's time, by which pages reckon from their first request on.
    let clock: @Sendable () -> OrchestratorClock
    let origin: RequestOrigin
    private let limit = LoginLimit()

    init(
        kind: ServerKind, sessions: DashboardSessions, origin: RequestOrigin,
        clock: @escaping @Sendable () -> OrchestratorClock
    ) {
        self.kind = kind
        self.sessions = sessions
        self.origin = origin
        self.clock = clock
    }

    func add<Context: RemoteAddressRequestContext>(to router: Router<Context>) {
        router.get("/v1/session") { request, _ in session(request) }
        router.post("/login") { request, context in
            try await logIn(request, from: origin.address(of: request, peer: context.remoteAddress))
        }
        router.post("/logout") { request, _ in try logOut(request) }
    }

    private func session(_ request: Request) -> Response {
        let session = sessions.session(of: request)
        let login = kind == .dev ? "none" : sessions.users.isEmpty ? "unset" : "required"
        let clock = clock()
        let role = kind == .dev ? DashboardUsers.Role.admin : session?.role
        return Self.answer([
            "csrf": session.map { .string($0.csrf) } ?? .null, "kind": .string(kind.rawValue), "login": .string(login),
            "now": .string(clock.now().description), "paused": .bool(clock.isPaused),
            "role": role.map { .string($0.rawValue) } ?? .null,
            "user": session.map { .string($0.name) } ?? .null,
            "version": .string(OrchestratorVersion.text),
        ])
    }

    private func logIn(_ request: Request, from address: String) async throws -> Response {
        try Self.refuseOtherOrigins(request)
        let body = try await RequestBytes.json(of: request, limit: 1 << 12)
        guard let password = body["password"]?.string else {
            throw APIError(.badRequest, "password: a text is expected")
        }
        let given = body["user"]?.string ?? ""
        let name = given.isEmpty ? DashboardUsers.tokenName : given
        if let wait = limit.count(name, isKnown: sessions.users.knows(name), from: address) {
            let seconds = wait.components.seconds + 1
            var response = APIResponse.error(
                "too many tries: the next in \(seconds) seconds", status: .tooManyRequests)
            response.headers[.retryAfter] = String(seconds)
            return response
        }
        guard let role = sessions.users.role(of: name, password: password) else {
            throw APIError(.unauthorized, "the name or the password is wrong")
        }
        limit.forget(name, from: address)
        let cookie = sessions.cookie(for: name, role, secure: DashboardSessions.isSecure(request))
        return Self.answer(["role": .string(role.rawValue), "user": .string(name)], cookie: cookie)
    }

    private func logOut(_ request: Request) throws -> Response {
        try Self.refuseOtherOrigins(request)
        return Self.answer([:], cookie: DashboardSessions.expiredCookie(secure: DashboardSessions.isSecure(request)))
    }

    private static func answer(_ data: JSON, cookie: String? = nil) -> Response {
        var headers: HTTPFields = [.cacheControl: "no-store"]
        headers[.setCookie] = cookie
        return APIResponse.json(["data": data], headers: headers)
    }

    /// A page of another origin may neither log anybody in nor out.
    private static func refuseOtherOrigins(_ request: Request) throws {
        guard let origin = request.headers[.origin] else { return }
        guard let host = request.head.authority, origin == "http://\(host)" || origin == "https://\(host)" else {
            throw APIError(
                .forbidden,
                "pages of '\(origin.prefix(200))' may not do this, for the request came to the host "
                    + "'\(request.head.authority?.prefix(200) ?? "")'. If a proxy is in front, it has to pass on the "
                    + "browser's Host (nginx: proxy_set_header Host $http_host)")
        }
    }
}
