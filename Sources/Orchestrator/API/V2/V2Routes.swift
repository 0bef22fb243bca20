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

    var respond: V2Response { V2Response(now: host.now) }

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

    func runs(_ request: Request, functions: [NameUUID]?) async throws -> Response {
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

    // MARK: Events and keys

    private func addEvents<Context: RequestContext>(to group: RouterGroup<Context>) {
        group.get("health") { _, _ in respond.data(["status": "ok"]) }
        group.post("events") { request, _ in
            let body = try await RequestBytes.json(of: request, limit: EventRoutes.maximumBody)
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
        // Keys are told apart by fingerprints. Nothing that is accepted as a key is shown to anybody: a viewer of the
        // dashboard may read this.
        group.get("keys/events") { _, _ in
            let keys = credentials.eventKeys.enumerated().map { index, key -> JSON in
                let fingerprint = String(SigningKey.fingerprint(of: key).prefix(12))
                return ["fingerprint": .string(fingerprint), "name": .string("event key \(index + 1)")]
            }
            return respond.page(keys, cursor: nil, hasMore: false, limit: keys.count)
        }
        group.get("keys/signing") { _, _ in
            let keys = [("current", credentials.signingKey), ("fallback", credentials.fallbackKey)].compactMap {
                name, key -> JSON? in
                key.map { ["fingerprint": .string($0.fingerprint), "name": .string(name)] }
            }
            return respond.page(keys, cursor: nil, hasMore: false, limit: keys.count)
        }
    }
}
