import HTTPTypes
import Hummingbird

/// Serves the dashboard's pages and files. What they show comes from the API, under the API's rules.
struct DashboardRoutes {
    let files: DashboardFiles

    /// Every page is the same document: it reads from the URL what to show.
    static let pages = [
        "/", "/runs", "/runs/:id", "/failures", "/events", "/events/:id", "/functions", "/functions/:slug", "/apps",
        "/jobs/:id", "/nodes", "/clock", "/login",
    ]

    func add<Context: RequestContext>(to router: Router<Context>) {
        for path in Self.pages { router.get(RouterPath(path)) { request, _ in page(for: request) } }
        router.get("/assets/:name") { request, context in answer(request, try context.path("name")) }
        router.get("/openapi.json") { request, _ in answer(request, "openapi.json") }
    }

    func page(for request: Request) -> Response { answer(request, "index.html") }

    private func answer(_ request: Request, _ name: String) -> Response {
        guard let file = files[name] else {
            return APIError(.notFound, "there is no file '\(name.prefix(200))'").response
        }
        var headers = Self.headers
        headers[.contentType] = file.type
        headers[.eTag] = file.tag
        if request.headers[.ifNoneMatch] == file.tag { return Response(status: .notModified, headers: headers) }
        return Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: file.content))
    }

    /// Nothing but our own files runs, also where a payload would get past the escaping: no inline scripts or styles,
    /// no text made into elements, no frames, no other origin.
    private static let headers: HTTPFields = {
        var fields: HTTPFields = [
            .cacheControl: "no-cache", .xContentTypeOptions: "nosniff",
            .contentSecurityPolicy: "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
                + "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; "
                + "require-trusted-types-for 'script'; trusted-types 'none'",
        ]
        for name in ["Referrer-Policy", "Cross-Origin-Opener-Policy"] {
            if let name = HTTPField.Name(name) { fields[name] = "same-origin" }
        }
        return fields
    }()
}
