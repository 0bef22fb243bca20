import Engine
import HTTPTypes
import Hummingbird
import JSON
import Wire

/// REST v2, under `/api/v2` and `/v2`: the same things as v1 in camel case, with its paging and its errors.
struct V2Routes {
    let host: EngineHost
    let reads: any Reads
    let directory: AppDirectory
    let credentials: Credentials

    static let prefixes = ["/api/v2", "/v2"]

    /// Whether errors have the shape of v2 at a path.
    static func serves(_ path: String) -> Bool { prefixes.contains { path == $0 || path.hasPrefix($0 + "/") } }

    private var respond: V2Response { V2Response(now: host.now) }

    func add<Context: RequestContext>(to group: RouterGroup<Context>) {
        for prefix in Self.prefixes {
            let routes = group.group(RouterPath(prefix))
            addRuns(to: routes)
            addApps(to: routes)
            addEvents(to: routes)
        }
    }

    // MARK: Runs

    private func addRuns<Context: RequestContext>(to group: RouterGroup<Context>) {
        group.get("runs") { request, _ in try await runs(request, functions: nil) }
        group.get("runs/:id") { _, context in
            let run = try await timeline(context).run
            let shapes = try await shapes(of: [run])
            return respond.data(shapes[0])
        }
        group.get("runs/:id/trace") { _, context in
            respond.data(V2Shapes.trace(try await timeline(context)))
        }
        group.post("runs/:id/rerun") { _, context in
            let run = try await host.submit(RerunRun(try id(context)))
            return respond.data(["runId": .string(run.description)], status: .created)
        }
        group.post("runs/:id/cancel") { _, context in
            let id = try id(context)
            try await host.submit(CancelRun(id))
            return respond.data(["runId": .string(id.description)])
        }
    }

    private func runs(_ request: Request, functions: [NameUUID]?) async throws -> Response {
        let parameters = QueryParameters(request)
        var query = RunQuery(limit: try parameters.limit())
        query.before = try parameters.id("cursor")
        query.since = try parameters.time("from")
        query.until = try parameters.time("until")
        query.functions = functions
        for name in parameters.all("status") {
            guard let status = Run.Status(name: name) else {
                throw APIError(.badRequest, "status: '\(name.prefix(64))' is none of the states of a run")
            }
            query.statuses.insert(status)
        }
        let page = try await reads.runs(query)
        return respond.page(
            try await shapes(of: page.elements), cursor: page.elements.last?.id.description, hasMore: page.hasMore,
            limit: query.limit)
    }

    private func shapes(of runs: [Run]) async throws -> [JSON] {
        let functions = Dictionary(try await reads.functions().map { ($0.id, $0) }) { first, _ in first }
        let apps = Dictionary(try await reads.apps().map { ($0.id, $0) }) { first, _ in first }
        return runs.map { run in
            let function = functions[run.functionID]
            return V2Shapes.run(run, function, function.flatMap { apps[$0.appID] })
        }
    }

    private func timeline(_ context: some RequestContext) async throws -> Timeline {
        let id = try id(context)
        guard let timeline = try await reads.timeline(id) else { throw APIError(.notFound, "there is no run \(id)") }
        return timeline
    }

    private func id(_ context: some RequestContext) throws -> ULID {
        let text = try context.path("id")
        guard let id = ULID(text) else { throw APIError(.badRequest, "'\(text.prefix(64))' is no ULID") }
        return id
    }

    // MARK: Apps and functions

    private func addApps<Context: RequestContext>(to group: RouterGroup<Context>) {
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
            let body = try await EventRoutes.optionalBody(of: request, limit: 1 << 16)
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
            let body = try await EventRoutes.optionalBody(of: request, limit: Event.maximumSize + 1024)
            let data = body?["data"] ?? .emptyObject
            guard data.kind == .object else { throw APIError(.badRequest, "data: an object is expected") }
            let started = try await host.submit(InvokeFunction(function.slug, data: data))
            return respond.data(
                ["eventId": .string(started.event.description), "runId": .string(started.run.description)],
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

    // MARK: Events and keys

    private func addEvents<Context: RequestContext>(to group: RouterGroup<Context>) {
        group.get("health") { _, _ in respond.data(["status": "ok"]) }
        group.post("events") { request, _ in
            let body = try await EventRoutes.body(of: request, limit: EventRoutes.maximumBody)
            let events = body.kind == .array ? Array(body.elements) : [body]
            guard events.count <= Limits.eventsPerRequest else {
                throw APIError(.badRequest, "\(events.count) events; the limit is \(Limits.eventsPerRequest)")
            }
            let outcome = try await host.submit(IngestEvents(events))
            if let error = outcome.error {
                throw APIError(.badRequest, "event \(outcome.ids.count): \(error); those before it were accepted")
            }
            return respond.data(["ids": .array(outcome.ids.map { .string($0.description) })], status: .created)
        }
        group.get("events/:id/runs") { request, context in
            let id = try id(context)
            guard try await !reads.events([id]).isEmpty else { throw APIError(.notFound, "there is no event \(id)") }
            var query = RunQuery(limit: try QueryParameters(request).limit())
            query.event = id
            query.before = try QueryParameters(request).id("cursor")
            let page = try await reads.runs(query)
            return respond.page(
                try await shapes(of: page.elements), cursor: page.elements.last?.id.description,
                hasMore: page.hasMore, limit: query.limit)
        }
        // Keys are told apart by their hashes; the keys themselves are shown to nobody.
        group.get("keys/events") { _, _ in
            let keys = credentials.eventKeys.enumerated().map { index, key -> JSON in
                ["hash": .string(SigningKey.fingerprint(of: key)), "name": .string("event key \(index + 1)")]
            }
            return respond.page(keys, cursor: nil, hasMore: false, limit: keys.count)
        }
        group.get("keys/signing") { _, _ in
            let keys = [("current", credentials.signingKey), ("fallback", credentials.fallbackKey)].compactMap {
                name, key -> JSON? in
                key.map { ["hash": .string($0.hashed), "name": .string(name)] }
            }
            return respond.page(keys, cursor: nil, hasMore: false, limit: keys.count)
        }
    }
}

/// Answers in the envelope of v2.
struct V2Response {
    let now: Timestamp

    func data(_ data: JSON, status: HTTPResponse.Status = .ok) -> Response {
        APIResponse.json(["data": data, "metadata": metadata], status: status)
    }

    func page(_ elements: [JSON], cursor: String?, hasMore: Bool, limit: Int) -> Response {
        APIResponse.json([
            "data": .array(elements), "metadata": metadata,
            "page": [
                "cursor": hasMore ? cursor.map(JSON.string) ?? .null : .null, "hasMore": .bool(hasMore),
                "limit": .int(limit),
            ],
        ])
    }

    static func error(_ error: APIError) -> Response {
        var headers: HTTPFields = [:]
        if error.status == .tooManyRequests { headers[.retryAfter] = "1" }
        let code =
            switch error.status {
            case .badRequest: "invalid_request"
            case .unauthorized: "authentication_failed"
            case .forbidden: "forbidden"
            case .notFound: "not_found"
            case .conflict: "conflict"
            case .contentTooLarge: "too_large"
            case .tooManyRequests: "rate_limited"
            default: "internal_error"
            }
        return APIResponse.json(
            ["errors": [["code": .string(code), "message": .string(error.message)]]], status: error.status,
            headers: headers)
    }

    private var metadata: JSON { ["cachedUntil": .null, "fetchedAt": .string(now.description)] }
}
