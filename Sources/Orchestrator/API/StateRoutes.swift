import Engine
import HTTPTypes
import Hummingbird
import JSON
import Wire

/// Apps load what is too big for a call.
struct StateRoutes {
    let reads: any Reads

    func add<Context: RequestContext>(to group: RouterGroup<Context>) {
        group.get("/v0/runs/:id/actions") { _, context in
            let run = try await liveRun(context)
            let steps = try await reads.steps(of: run.id)
            let inputs = run.rerunOf == nil ? [] : try await reads.stepInputs(of: run.id)
            return APIResponse.json(.object(run.memos(steps, inputs).map { ($0.id.hash, $0.value) }))
        }
        group.get("/v0/runs/:id/batch") { _, context in
            let run = try await liveRun(context)
            return APIResponse.json(.array(try await reads.events(run.eventIDs).map(\.event.json)))
        }
    }

    private func liveRun(_ context: some RequestContext) async throws -> Run {
        let text = try context.path("id")
        guard let id = ULID(text) else { throw APIError(.badRequest, "'\(text)' is no ULID") }
        guard let run = try await reads.run(id) else { throw APIError(.notFound, "there is no run \(id)") }
        guard !run.hasEnded else { throw APIError(.gone, "run \(id) has ended: its state is gone") }
        return run
    }
}
