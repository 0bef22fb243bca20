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
        group.get("/v1/events/:id") { _, context in try await event(context) }
        group.get("/v1/events/:id/runs") { request, context in try await runsOfEvent(request, context) }
        group.get("/v1/runs/:id") { _, context in try await run(context) }
        group.get("/v1/runs/:id/timeline") { request, context in try await timeline(request, context) }
        group.get("/v1/runs/:id/test") { _, context in try await test(context) }
        group.get("/v1/runs/:id/steps/:step") { _, context in try await step(context) }
        group.get("/v1/runs/:id/jobs") { _, context in try await jobs(context) }
        group.post("/v1/runs/:id/rerun") { request, context in try await rerun(request, context) }
        group.post("/v1/runs/:id/metadata") { request, context in try await addMetadata(request, context) }
        for version in ["v0", "v1"] {
            group.delete("/\(version)/runs/:id") { _, context in try await cancel(context) }
        }
        group.post("/invoke/:slug") { request, context in try await invoke(request, context) }
    }

    // MARK: Events

    private func event(_ context: some RequestContext) async throws -> Response {
        let id = try id(context)
        guard let outcome = try await reads.outcome(of: id) else {
            throw APIError(.notFound, "there is no event \(id)")
        }
        return respond.data(
            APIShapes.event(outcome.event).merging([
                "functions": EventReceptions.json(of: outcome, functions: try await FunctionNames(reads))
            ]))
    }

    private func runsOfEvent(_ request: Request, _ context: some RequestContext) async throws -> Response {
        let id = try id(context)
        guard try await !reads.events([id]).isEmpty else { throw APIError(.notFound, "there is no event \(id)") }
        var query = RunQuery(limit: try QueryParameters(request).limit())
        query.event = id
        return try await RunList(host: host, reads: reads).answer(query)
    }

    // MARK: Runs

    private func run(_ context: some RequestContext) async throws -> Response {
        let id = try id(context)
        guard let run = try await reads.run(id) else { throw APIError(.notFound, "there is no run \(id)") }
        let trigger = try await reads.eventNames(Array(run.eventIDs.prefix(1))).first
        let function = try await FunctionNames(reads)[run.functionID]
        return respond.data(APIShapes.run(run, function, eventName: trigger?.value))
    }

    private func timeline(_ request: Request, _ context: some RequestContext) async throws -> Response {
        let maximum = try QueryParameters(request).number("max_value", in: 0...Int(Int32.max))
        let timeline = try await loadTimeline(context)
        let function = try await FunctionNames(reads)[timeline.run.functionID]
        return respond.data(APIShapes.timeline(timeline, function, now: host.now, maximum: maximum ?? .max))
    }

    private func test(_ context: some RequestContext) async throws -> Response {
        let timeline = try await loadTimeline(context)
        let owner = try await FunctionNames(reads)[timeline.run.functionID]
        let test = CopiedTest(of: timeline, slug: owner?.function.slug, app: owner?.app?.name)
        return respond.data(["code": .string(test.code)])
    }

    private func step(_ context: some RequestContext) async throws -> Response {
        let (id, hash) = (try id(context), try context.path("step"))
        guard let step = try await reads.steps(of: id).first(where: { $0.id.hash == hash }) else {
            throw APIError(.notFound, "run \(id) has no finished step '\(hash.prefix(100))'")
        }
        return respond.data([
            "id": .string(hash), "name": .string(step.label), "position": .int(step.position), "value": step.value,
        ])
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
        let body = try await RequestBytes.optionalJSON(of: request, limit: Event.maximumSize + 1024)
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
        let body = try await RequestBytes.json(of: request, limit: Limits.metadataSizePerRun + 4096)
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
        let body = try await RequestBytes.json(of: request, limit: Event.maximumSize + 1024)
        guard body.kind == .object else { throw APIError(.badRequest, "an object {\"data\":…,\"user\":…} is expected") }
        func object(_ key: String) throws -> JSON {
            guard let value = body[key], !value.isNull else { return .emptyObject }
            guard value.kind == .object else { throw APIError(.badRequest, "\(key): an object is expected") }
            return value
        }
        let started = try await host.submit(InvokeFunction(slug, data: try object("data"), user: try object("user")))
        return APIResponse.json([
            "id": .string(started.event.description), "run_id": started.run.map { .string($0.description) },
            "status": 200,
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
}
