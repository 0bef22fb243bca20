import Engine
import Hummingbird
import JSON
import Wire

/// Apps and functions.
extension V2Routes {
    func addApps<Context: RequestContext>(to group: RouterGroup<Context>) {
        group.get("apps") { _, _ in
            let functions = try await reads.functions().filter { $0.archivedAt == nil }
            let shapes = try await reads.apps().map { app in
                V2Shapes.app(
                    app, functions: functions.count { $0.appID == app.id }, problem: directory.problem(of: app.url))
            }
            return respond.page(shapes, cursor: nil, hasMore: false, limit: shapes.count)
        }
        group.get("apps/:app") { _, context in
            let app = try await app(context)
            let functions = try await functions(of: app)
            return respond.data(
                V2Shapes.app(app, functions: functions.count, problem: directory.problem(of: app.url)))
        }
        group.post("apps/:app/syncs") { request, context in
            let body = try await RequestBytes.optionalJSON(of: request, limit: 1 << 16)
            let name = try context.path("app")
            let known = try await reads.apps().first { $0.name == name }?.url
            guard let url = body?["url"]?.string ?? known, CallURL.isCallable(url) else {
                throw APIError(.badRequest, "url: an http or https URL is expected")
            }
            if let problem = await directory.sync(url, remembering: false) {
                throw APIError(.conflict, "\(url): \(problem)")
            }
            return respond.data(["appId": .string(name), "url": .string(url)], status: .created)
        }
        group.get("apps/:app/functions") { _, context in
            let app = try await app(context)
            let shapes = try await functions(of: app).map { V2Shapes.function($0, app) }
            return respond.page(shapes, cursor: nil, hasMore: false, limit: shapes.count)
        }
        group.get("apps/:app/functions/:function") { _, context in
            let (function, app) = try await function(context)
            return respond.data(V2Shapes.function(function, app))
        }
        group.get("apps/:app/functions/:function/runs") { request, context in
            try await runs(request, functions: [try await function(context).0.id])
        }
        group.post("apps/:app/functions/:function/invoke") { request, context in
            let (function, _) = try await function(context)
            let body = try await RequestBytes.optionalJSON(of: request, limit: Event.maximumSize + 1024)
            let data = body?["data"] ?? .emptyObject
            guard data.kind == .object else { throw APIError(.badRequest, "data: an object is expected") }
            let started = try await host.submit(InvokeFunction(function.slug, data: data))
            return respond.data(
                [
                    "eventId": .string(started.event.description),
                    "runId": started.run.map { .string($0.description) },
                ],
                status: .created)
        }
    }

    private func app(_ context: some RequestContext) async throws -> AppRecord {
        let name = try context.path("app")
        guard let app = try await reads.apps().first(where: { $0.name == name || $0.id.description == name }) else {
            throw APIError(.notFound, "there is no app '\(name.prefix(200))'")
        }
        return app
    }

    private func functions(of app: AppRecord) async throws -> [FunctionRecord] {
        try await reads.functions().filter { $0.appID == app.id && $0.archivedAt == nil }.sorted { $0.slug < $1.slug }
    }

    /// By its slug, by its id, or by its name in the app.
    private func function(_ context: some RequestContext) async throws -> (FunctionRecord, AppRecord) {
        let app = try await app(context)
        let name = try context.path("function")
        let found = try await functions(of: app).first {
            $0.slug == name || $0.id.description == name || $0.slug == "\(app.name)-\(name)"
        }
        guard let found else { throw APIError(.notFound, "app '\(app.name)' has no function '\(name.prefix(200))'") }
        return (found, app)
    }
}
