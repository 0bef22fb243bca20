import Engine
import HTTPTypes
import Hummingbird
import JSON

/// Apps and functions are read.
struct AppRoutes {
    let host: EngineHost
    let reads: any Reads
    let directory: AppDirectory

    private var respond: APIResponse { APIResponse(now: host.now) }

    func add<Context: RequestContext>(to group: RouterGroup<Context>) {
        group.get("/v1/apps") { _, _ in try await apps() }
        group.get("/v1/functions") { _, _ in try await functions(of: nil) }
        group.get("/v1/apps/:name/functions") { _, context in
            try await functions(of: try context.path("name"))
        }
    }

    private func apps() async throws -> Response {
        let functions = try await reads.functions().filter { $0.archivedAt == nil }
        let apps = try await reads.apps()
        let registered = apps.map { app in
            APIShapes.app(
                app, functions: functions.filter { $0.appID == app.id }.count, problem: directory.problem(of: app.url))
        }
        let known = Set(apps.map { AppDirectory.normalized($0.url) })
        let missing = directory.allProblems().filter { !known.contains($0.key) }.sorted { $0.key < $1.key }
            .map { APIShapes.missingApp(url: $0.key, problem: $0.value) }
        return respond.page(registered + missing, cursor: nil, hasMore: false)
    }

    private func functions(of name: String?) async throws -> Response {
        let apps = try await reads.apps()
        if let name, !apps.contains(where: { $0.name == name }) {
            throw APIError(.notFound, "there is no app '\(name)'")
        }
        let ticks = try await reads.cronItems()
        let shapes = try await reads.functions().filter { $0.archivedAt == nil }
            .map { function in
                APIShapes.FunctionAndApp(function: function, app: apps.first { $0.id == function.appID })
            }
            .filter { name == nil || $0.app?.name == name }
            .sorted { $0.function.slug < $1.function.slug }
            .map { APIShapes.function($0, ticks: ticks) }
        return respond.page(shapes, cursor: nil, hasMore: false)
    }
}
