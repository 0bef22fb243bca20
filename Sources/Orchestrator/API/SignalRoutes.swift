import Engine
import Hummingbird
import JSON

/// Signals come in.
struct SignalRoutes {
    let host: EngineHost

    func add<Context: RequestContext>(to group: RouterGroup<Context>) {
        group.post("/v1/signals") { request, _ in
            let body = try await RequestBytes.json(of: request, limit: Limits.stepOutputSize)
            guard let signal = body["signal"]?.string, !signal.isEmpty else {
                throw APIError(.badRequest, "signal: a name is expected")
            }
            guard let run = try await host.submit(SendSignal(signal, data: body["data"] ?? .null)) else {
                throw APIError(.notFound, "no run waits for the signal '\(signal.prefix(200))'")
            }
            return APIResponse(now: host.now).data(["run_id": .string(run.description)])
        }
    }
}
