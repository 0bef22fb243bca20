import Engine
import HTTPTypes
import Hummingbird
import JSON
import Wire

/// Events and runs are read, cancelled and started again.
struct RunRoutes {
    let host: EngineHost
    let reads: any Reads

    private var respond: APIResponse { APIResponse(now: host.now) }

    func add<Context: RequestContext>(to group: RouterGroup<Context>) {
        group.get("/v1/events") { request, _ in try await events(request) }
        group.get("/v1/events/:id") { _, context in try await event(context) }
        group.get("/v1/events/:id/runs") { request, context in try await runsOfEvent(request, context) }
        group.get("/v1/runs") { request, _ in try await runs(request) }
        group.get("/v1/runs/:id") { _, context in try await run(context) }
        group.get("/v1/runs/:id/timeline") { _, context in try await timeline(context) }
        group.get("/v1/runs/:id/jobs") { _, context in try await jobs(context) }
        group.post("/v1/runs/:id/rerun") { request, context in try await rerun(request, context) }
        group.post("/v1/runs/:id/metadata") { request, context in try await addMetadata(request, context) }
        for version in ["v0", "v1"] {
            group.delete("/\(version)/runs/:id") { _, context in try await cancel(context) }
        }
        group.post("/invoke/:slug") { request, context in try await invoke(request, context) }
    }

    // MARK: Events

    private func events(_ request: Request) async throws -> Response {
        let parameters = QueryParameters(request)
        var query = EventQuery(limit: try parameters.limit())
        query.before = try parameters.id("cursor")
        query.since = try parameters.time("received_after")
        query.until = try parameters.time("received_before")
        query.name = parameters["name"]
        query.includesInternal = parameters["internal"] == "true" || query.name?.hasPrefix("inngest/") ?? false
        let page = try await reads.events(query)
        return respond.page(
            page.elements.map(APIShapes.event), cursor: page.elements.last?.event.internalID.description,
            hasMore: page.hasMore)
    }

    private func event(_ context: some RequestContext) async throws -> Response {
        let id = try id(context)
        guard let event = try await reads.events([id]).first else {
            throw APIError(.notFound, "there is no event \(id)")
        }
        return respond.data(APIShapes.event(event))
    }

    private func runsOfEvent(_ request: Request, _ context: some RequestContext) async throws -> Response {
        let id = try id(context)
        guard try await !reads.events([id]).isEmpty else { throw APIError(.notFound, "there is no event \(id)") }
        var query = RunQuery(limit: try QueryParameters(request).limit())
        query.event = id
        return try await answer(query)
    }

    // MARK: Runs

    private func runs(_ request: Request) async throws -> Response {
        let parameters = QueryParameters(request)
        var query = RunQuery(limit: try parameters.limit())
        query.before = try parameters.id("cursor")
        query.since = try parameters.time("after")
        query.until = try parameters.time("before")
        for name in parameters.all("status") {
            guard let status = Run.Status(name: name) else {
                let known = Run.Status.allCases.map(\.name).joined(separator: ", ")
                throw APIError(.badRequest, "status: '\(name)' is none of \(known)")
            }
            query.statuses.insert(status)
        }
        let functions = try await functionsByID()
        let (slug, app) = (parameters["function"], parameters["app"])
        if slug != nil || app != nil {
            query.functions = functions.values
                .filter { (slug == nil || $0.function.slug == slug) && (app == nil || $0.app?.name == app) }
                .map(\.function.id)
        }
        return try await answer(query)
    }

    private func answer(_ query: RunQuery) async throws -> Response {
        let page = try await reads.runs(query)
        let functions = try await functionsByID()
        let triggers = try await reads.events(page.elements.compactMap(\.eventIDs.first))
        let names = Dictionary(triggers.map { ($0.event.internalID, $0.event.name) }) { first, _ in first }
        let shapes = page.elements.map {
            APIShapes.run($0, functions[$0.functionID], eventName: $0.eventIDs.first.flatMap { names[$0] })
        }
        return respond.page(shapes, cursor: page.elements.last?.id.description, hasMore: page.hasMore)
    }

    private func run(_ context: some RequestContext) async throws -> Response {
        let id = try id(context)
        guard let run = try await reads.run(id) else { throw APIError(.notFound, "there is no run \(id)") }
        let trigger = try await reads.events(Array(run.eventIDs.prefix(1))).first
        let function = try await functionsByID()[run.functionID]
        return respond.data(APIShapes.run(run, function, eventName: trigger?.event.name))
    }

    private func timeline(_ context: some RequestContext) async throws -> Response {
        let timeline = try await loadTimeline(context)
        let function = try await functionsByID()[timeline.run.functionID]
        return respond.data(APIShapes.timeline(timeline, function, now: host.now))
    }

    private func jobs(_ context: some RequestContext) async throws -> Response {
        let timeline = try await loadTimeline(context)
        return respond.data(.array(timeline.queue.map { APIShapes.job($0, run: timeline.run) }))
    }

    private func loadTimeline(_ context: some RequestContext) async throws -> Timeline {
        let id = try id(context)
        guard let timeline = try await reads.timeline(id) else { throw APIError(.notFound, "there is no run \(id)") }
        return timeline
    }

    // MARK: Actions

    private func cancel(_ context: some RequestContext) async throws -> Response {
        try await host.submit(CancelRun(try id(context)))
        return Response(status: .noContent)
    }

    /// `{"from_step":{"step_id":…,"input":[…]?}}` begins at a step; without a body the run begins anew.
    private func rerun(_ request: Request, _ context: some RequestContext) async throws -> Response {
        let id = try id(context)
        let body = try await EventRoutes.optionalBody(of: request, limit: Event.maximumSize + 1024)
        let from = body?["from_step"].flatMap { $0.isNull ? nil : Optional($0) }
        let step = from?["step_id"]?.string.map(StepID.init(hash:))
        if let from {
            guard let step else { throw APIError(.badRequest, "from_step: \(from) has no step_id") }
            guard let timeline = try await reads.timeline(id) else {
                throw APIError(.notFound, "there is no run \(id)")
            }
            guard timeline.history.contains(where: { $0.step == step }) else {
                throw APIError(.notFound, "from_step.step_id: run \(id) has no step \(step.hash.prefix(64))")
            }
        }
        let input = from?["input"].flatMap { $0.isNull ? nil : Optional($0) }
        let run = try await host.submit(RerunRun(id, from: step, input: input))
        return respond.data(["run_id": .string(run.description)])
    }

    private func addMetadata(_ request: Request, _ context: some RequestContext) async throws -> Response {
        let id = try id(context)
        let body = try await EventRoutes.body(of: request, limit: Limits.metadataSizePerRun + 4096)
        guard let entries = body["metadata"], entries.kind == .array else {
            throw APIError(.badRequest, "metadata: a list of {kind, op, values} is expected")
        }
        let target = body["target"]
        let step = (target?["step_id"] ?? target?["stepId"])?.string.map { StepID(hash: $0) }
        try await host.submit(AddMetadata(id, step: step, entries: Array(entries.elements)))
        return respond.data(["run_id": .string(id.description)], status: .created)
    }

    private func invoke(_ request: Request, _ context: some RequestContext) async throws -> Response {
        let slug = try context.path("slug")
        let body = try await EventRoutes.body(of: request, limit: Event.maximumSize + 1024)
        guard body.kind == .object else { throw APIError(.badRequest, "an object {\"data\":…,\"user\":…} is expected") }
        func object(_ key: String) throws -> JSON {
            guard let value = body[key], !value.isNull else { return .emptyObject }
            guard value.kind == .object else { throw APIError(.badRequest, "\(key): an object is expected") }
            return value
        }
        let started = try await host.submit(InvokeFunction(slug, data: try object("data"), user: try object("user")))
        return APIResponse.json([
            "id": .string(started.event.description), "run_id": .string(started.run.description), "status": 200,
        ])
    }

    // MARK: Reading

    private func id(_ context: some RequestContext) throws -> ULID {
        let text = try context.path("id")
        guard let id = ULID(text) else {
            throw APIError(.badRequest, "'\(text)' is no ULID, as ids of events and runs are")
        }
        return id
    }

    private func functionsByID() async throws -> [NameUUID: APIShapes.FunctionAndApp] {
        let apps = Dictionary(try await reads.apps().map { ($0.id, $0) }) { first, _ in first }
        return Dictionary(
            try await reads.functions().map { ($0.id, APIShapes.FunctionAndApp(function: $0, app: apps[$0.appID])) }
        ) { first, _ in first }
    }
}
