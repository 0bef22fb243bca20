import Engine
import Hummingbird
import JSON

/// What is due next.
struct TimerRoutes {
    let host: EngineHost
    let reads: any Reads

    func add<Context: RequestContext>(to group: RouterGroup<Context>) {
        group.get("/v1/timers") { request, _ in try await timers(request) }
    }

    private func timers(_ request: Request) async throws -> Response {
        let items = try await reads.timers(after: host.now, limit: try QueryParameters(request).limit())
        let functions = try await FunctionNames(reads)
        return APIResponse(now: host.now).data(.array(items.map { shape($0, functions[$0.functionID]) }))
    }

    private func shape(_ item: QueueItem, _ owner: APIShapes.FunctionAndApp?) -> JSON {
        let kind =
            switch item.work {
            case .wake: "sleep"
            case .timeOut: "wait"
            case .cronTick: "cron"
            case .gate: "throttle"
            case .startTimeout, .finishTimeout: "timeout"
            case .collection: "collection"
            case .pauseEnd: "pause"
            case .job: "job"
            case .discover, .runStep, .fetch: item.attempt > 0 ? "retry" : "start"
            }
        return [
            "due_at": APIShapes.time(item.dueAt), "function": owner.map { .string($0.function.slug) },
            "kind": .string(kind), "label": .string(item.label), "run_id": item.key.run.map { .string($0.description) },
            "step_id": item.key.step.map { .string($0.hash) },
        ]
    }
}
