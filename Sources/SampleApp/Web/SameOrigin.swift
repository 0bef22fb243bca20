import HTTPTypes
import Hummingbird

/// Refuses forms that a browser sends from another site, so that no other page can act for a user.
///
/// Scripts, which send neither header, pass.
struct SameOrigin<Context: RequestContext>: RouterMiddleware {
    func handle(
        _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        guard request.method == .get || request.method == .head || Self.isOwn(request) else {
            throw HTTPError(.forbidden, message: "This form came from another site. Open ACME's own page instead.")
        }
        return try await next(request, context)
    }

    private static func isOwn(_ request: Request) -> Bool {
        if let site = fetchSite.flatMap({ request.headers[$0] }) { return site == "same-origin" || site == "none" }
        guard let origin = request.headers[.origin] else { return true }
        guard let host = request.head.authority else { return false }
        return origin == "http://\(host)" || origin == "https://\(host)"
    }

    private static var fetchSite: HTTPField.Name? { HTTPField.Name("Sec-Fetch-Site") }
}
