import HTTPTypes
import Hummingbird

/// Keeps web pages of others away from `dev`, which asks nobody for keys.
///
/// Listening on loopback keeps other machines out, but not the browser on this one: a page can point a name of its
/// own at 127.0.0.1 (then `Host` is that name), or send requests across origins (then `Origin` is that page's).
struct RefuseStrangers<Context: RequestContext>: RouterMiddleware {
    func handle(_ request: Request, context: Context, next: (Request, Context) async throws -> Response) async throws
        -> Response
    {
        if let host = request.head.authority, !Self.isLocal(host) {
            throw APIError(
                .forbidden,
                "dev answers to this machine's own names such as localhost, not to '\(host.prefix(200))'; "
                    + "`orchestrator start` serves others")
        }
        // Pages may send events, wherever they come from: that is what event keys are for.
        if let origin = request.headers[.origin], !request.uri.path.hasPrefix("/e/"), !Self.isLocalOrigin(origin) {
            throw APIError(.forbidden, "dev answers to pages of this machine, not to those of '\(origin.prefix(200))'")
        }
        return try await next(request, context)
    }

    static func isLocalOrigin(_ origin: String) -> Bool {
        for scheme in ["http://", "https://"] where origin.hasPrefix(scheme) {
            return isLocal(String(origin.dropFirst(scheme.count)))
        }
        return false
    }

    /// Whether a host, with or without port, is a name of this machine that nobody else can give to theirs.
    static func isLocal(_ authority: String) -> Bool {
        let authority = authority.lowercased()
        if authority.hasPrefix("[") { return authority.prefix { $0 != "]" } == "[::1" }
        let host = authority.prefix { $0 != ":" }
        // What containers call the machine that they run on.
        if host == "localhost" || host.hasSuffix(".localhost") || host == "host.docker.internal" { return true }
        let numbers = host.split(separator: ".", omittingEmptySubsequences: false).map { UInt8($0) }
        return numbers.count == 4 && numbers[0] == 127 && numbers.allSatisfy { $0 != nil }
    }
}
