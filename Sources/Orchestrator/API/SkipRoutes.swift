import Engine
import Hummingbird
import Wire

/// What a step waits for is skipped. In `dev` only.
struct SkipRoutes {
    let host: EngineHost

    func add<Context: RequestContext>(to group: RouterGroup<Context>) {
        group.post("/v1/runs/:id/steps/:step/skip") { _, context in
            guard let run = ULID(try context.path("id")) else { throw APIError(.badRequest, "the run's id is no ULID") }
            try await host.submit(SkipStep(run, step: StepID(hash: try context.path("step"))))
            return Response(status: .noContent)
        }
    }
}
