import Engine
import HTTPTypes
import Hummingbird
import JSON
import Wire

/// Apps register.
struct RegistrationRoutes {
    let host: EngineHost
    let reads: any Reads
    let directory: AppDirectory
    let kind: ServerKind

    /// The largest registration: a thousand functions of 10 KB each.
    static let maximumBody = 10 << 20

    private var respond: APIResponse { APIResponse(now: host.now) }

    func add<Context: RequestContext>(to group: RouterGroup<Context>) {
        group.post("/fn/register") { request, _ in try await register(request) }
        group.delete("/fn/remove") { request, _ in try await remove(request) }
        group.put("/v1/apps") { request, _ in try await find(request) }
    }

    private func register(_ request: Request) async throws -> Response {
        if let name = HTTPField.Name(HeaderName.expectedServerKind), let expected = request.headers[name],
            expected.lowercased() != kind.rawValue
        {
            throw APIError(
                .badRequest,
                "the app expects a '\(expected)' server, and this is a '\(kind.rawValue)' server: "
                    + (kind == .dev ? "set INNGEST_DEV=1 in the app" : "unset INNGEST_DEV in the app, give it the keys")
            )
        }
        let json = try await RequestBytes.json(of: request, limit: Self.maximumBody)
        let outcome = try await directory.register(try Registration(json))
        return APIResponse.json([
            "app_id": .string(outcome.appID.description), "message": "Successfully registered",
            "modified": .bool(outcome.modified), "ok": true, "status": 200,
            "sync_id": .string(outcome.syncID.uuid),
        ])
    }

    /// Forgets the app at a URL.
    private func remove(_ request: Request) async throws -> Response {
        guard let url = QueryParameters(request)["url"] else { throw APIError(.badRequest, "url: missing") }
        let apps = try await reads.apps().filter { AppDirectory.normalized($0.url) == AppDirectory.normalized(url) }
        guard !apps.isEmpty else { throw APIError(.notFound, "no app is registered at \(url.prefix(500))") }
        try await directory.remove(apps, at: url)
        return APIResponse.json(["message": "Removed", "ok": true, "status": 200])
    }

    /// Asks the app at a URL to register.
    private func find(_ request: Request) async throws -> Response {
        let json = try await RequestBytes.json(of: request, limit: 1 << 16)
        guard let url = json["url"]?.string, CallURL.isCallable(url) else {
            throw APIError(.badRequest, "url: an http or https URL is expected")
        }
        if let problem = await directory.sync(url, remembering: false) {
            throw APIError(.conflict, "\(url): \(problem)")
        }
        return respond.data(["url": .string(url)])
    }
}
