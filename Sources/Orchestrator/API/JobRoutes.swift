import Engine
import HTTPTypes
import Hummingbird
import JSON
import Wire

/// Many runs are cancelled or replayed, in the background.
struct JobRoutes {
    let host: EngineHost
    let reads: any Reads

    private var respond: APIResponse { APIResponse(now: host.now) }

    /// 10,000 ids fit in.
    private static let maximumBody = 1 << 20
    /// Runs of a replay whose ends are counted.
    private static let maximumResults = 10_000

    func add<Context: RequestContext>(to group: RouterGroup<Context>) {
        for (path, kind) in [("/v1/cancellations", BulkJob.Kind.cancel), ("/v1/replays", .replay)] {
            group.post("\(path)") { request, _ in try await start(kind, request) }
            group.get("\(path)") { request, _ in try await list(kind, request) }
            group.get("\(path)/:id") { request, context in try await show(kind, request, context) }
            group.delete("\(path)/:id") { _, context in
                try await host.submit(CancelBulkJob(try id(context), kind))
                return Response(status: .noContent)
            }
        }
    }

    private func start(_ kind: BulkJob.Kind, _ request: Request) async throws -> Response {
        let body = try await RequestBytes.json(of: request, limit: Self.maximumBody)
        guard body.kind == .object else { throw APIError(.badRequest, "an object is expected") }
        let fields = JobFields(body: body)
        let isCancel = kind == .cancel
        let function = try fields.text("function_id") ?? fields.text("function")
        let app = try fields.text("app_id") ?? fields.text("app")
        let runs = try fields.runs()
        let failure = isCancel ? nil : try fields.text("failure")
        guard try function != nil || app != nil || runs != nil || failure != nil || fields.isAll() else {
            let names = "function_id, app_id, run_ids, all" + (isCancel ? "" : ", failure")
            throw APIError(.badRequest, "\(names): one of them says which runs are meant")
        }
        let since = try fields.time(isCancel ? "started_after" : "after")
        let until = try fields.time(isCancel ? "started_before" : "before")
        let condition = try fields.text("if")
        // What narrows a group further can't be counted beforehand.
        let isWhole = function == nil && app == nil && condition == nil
        let job = try await host.submit(
            StartBulkJob(
                kind, functions: function.map { [$0] }, app: app,
                statuses: try isCancel
                    ? fields.statuses(of: Run.Status.live, unlessSaid: Run.Status.live)
                    : fields.statuses(of: Run.Status.final, unlessSaid: runs == nil ? [.failed] : Run.Status.final),
                since: since, until: until, condition: condition, runs: runs, failure: failure,
                expected: isWhole ? try await count(failure, since, until) : nil))
        return respond.data(try await shape(job), status: .created)
    }

    /// How many runs failed for a reason and were not run again.
    private func count(_ failure: String?, _ since: Timestamp?, _ until: Timestamp?) async throws -> Int? {
        guard let failure else { return nil }
        let end = until ?? host.now + .milliseconds(1)
        var query = FailureQuery(
            since: since ?? Timestamp(milliseconds: 0), until: end, interval: .seconds(1 << 40),
            limit: FailureRoutes.limit)
        query.group = failure
        return try await reads.failureGroups(query).groups.first?.open ?? 0
    }

    private func list(_ kind: BulkJob.Kind, _ request: Request) async throws -> Response {
        let parameters = QueryParameters(request)
        let page = try await reads.jobs(kind, before: try parameters.id("cursor"), limit: try parameters.limit())
        var shapes: [JSON] = []
        for job in page.elements { shapes.append(try await shape(job)) }
        return respond.page(shapes, cursor: page.elements.last?.id.description, hasMore: page.hasMore)
    }

    private func show(_ kind: BulkJob.Kind, _ request: Request, _ context: some RequestContext) async throws -> Response
    {
        let id = try id(context)
        guard let job = try await reads.job(id), job.kind == kind else {
            throw APIError(.notFound, "there is no such job: \(id)")
        }
        let parameters = QueryParameters(request)
        let runs = try await reads.jobRuns(
            id, refused: try parameters.flag("refused"), after: try parameters.id("cursor"),
            limit: try parameters.limit())
        let touched = runs.elements.map { $0.newRun ?? $0.run }
        let states = try await statuses(of: touched)
        let shapes = zip(runs.elements, touched).map { run, touched -> JSON in
            [
                "error": run.error.map(JSON.string), "new_run_id": run.newRun.map { .string($0.description) },
                "run_id": .string(run.run.description), "status": states[touched].map { .string($0.name) },
            ]
        }
        let cursor = runs.hasMore ? runs.elements.last.map { JSON.string($0.run.description) } : nil
        return respond.data(
            try await shape(job).merging([
                "cursor": cursor ?? .null, "results": kind == .replay ? try await results(of: id) : nil,
                "run_ids": .array(touched.map { .string($0.description) }), "runs": .array(shapes),
            ]))
    }

    private func statuses(of runs: [ULID]) async throws -> [ULID: Run.Status] {
        let found = try await reads.runs(runs)
        return Dictionary(found.map { ($0.id, $0.status) }, uniquingKeysWith: { first, _ in first })
    }

    /// What became of the runs that a replay has started.
    private func results(of job: ULID) async throws -> JSON {
        let counts = try await reads.jobResults(job, limit: Self.maximumResults)
        return .object(counts.map { ($0.key.name, .int($0.value)) })
    }

    private func shape(_ job: BulkJob) async throws -> JSON {
        let selection = job.selection
        let function = selection.functions?.count == 1 ? selection.functions?.first : nil
        let slug = try await reads.functions().first { $0.id == function }?.slug
        let isCancel = job.kind == .cancel
        let times: [String: JSON?] = [
            isCancel ? "started_after" : "after": selection.since.map(APIShapes.time),
            isCancel ? "started_before" : "before": APIShapes.time(selection.until ?? job.createdAt),
        ]
        let shape: JSON = [
            "created_at": APIShapes.time(job.createdAt), "done": .int(job.done),
            "ended_at": job.endedAt.map(APIShapes.time) ?? .null, "environment_id": APIShapes.noID,
            "failed": .int(job.failed), "failure": selection.failure.map(JSON.string),
            "function": slug.map(JSON.string),
            "function_id": function.map { .string($0.description) }, "id": .string(job.id.description),
            "if": selection.condition.map(JSON.string), "kind": .string(job.kind.rawValue),
            "reason": job.reason.map(JSON.string), "status": .string(job.status.rawValue),
            "statuses": .array(selection.statuses.map(\.name).sorted().map(JSON.string)),
            "total": job.status == .done ? .int(job.done + job.failed) : job.expected.map(JSON.int) ?? .null,
        ]
        return shape.merging(times)
    }

    private func id(_ context: some RequestContext) throws -> ULID {
        let text = try context.path("id")
        guard let id = ULID(text) else { throw APIError(.badRequest, "'\(text)' is no ULID, as ids of jobs are") }
        return id
    }
}

/// What a request for a job says.
private struct JobFields {
    let body: JSON

    func text(_ name: String) throws -> String? {
        guard let value = body[name], !value.isNull else { return nil }
        guard let text = value.string else { throw APIError(.badRequest, "\(name): a text is expected") }
        return text.isEmpty ? nil : text
    }

    func time(_ name: String) throws -> Timestamp? {
        guard let text = try text(name) else { return nil }
        guard let time = Timestamp(rfc3339: text) else {
            throw APIError(.badRequest, "\(name): '\(text)' is no RFC 3339 time such as 2026-11-23T12:00:00Z")
        }
        return time
    }

    func runs() throws -> [ULID]? {
        guard let value = body["run_ids"], !value.isNull else { return nil }
        guard value.kind == .array else { throw APIError(.badRequest, "run_ids: a list is expected") }
        return try value.elements.map { element in
            guard let id = element.string.flatMap(ULID.init) else {
                throw APIError(.badRequest, "run_ids: \(element) is no id of a run")
            }
            return id
        }
    }

    /// Nobody means all runs of all apps by leaving something out.
    func isAll() throws -> Bool {
        guard let value = body["all"], !value.isNull else { return false }
        guard value.bool == true else { throw APIError(.badRequest, "all: true is expected, or nothing") }
        return true
    }

    func statuses(of possible: Set<Run.Status>, unlessSaid standard: Set<Run.Status>) throws -> Set<Run.Status> {
        guard let value = body["statuses"], !value.isNull else { return standard }
        guard value.kind == .array else { throw APIError(.badRequest, "statuses: a list is expected") }
        return Set(
            try value.elements.map { element in
                guard let status = element.string.flatMap(Run.Status.init(name:)), possible.contains(status) else {
                    let names = possible.map(\.name).sorted().joined(separator: ", ")
                    throw APIError(.badRequest, "statuses: \(element) is none of \(names)")
                }
                return status
            })
    }
}
