import Engine
import HTTPTypes
import Hummingbird
import JSON
import Wire

/// Functions are paused and go on.
struct PauseRoutes {
    let host: EngineHost

    private var respond: APIResponse { APIResponse(now: host.now) }

    func add<Context: RequestContext>(to group: RouterGroup<Context>) {
        group.post("/v1/functions/:slug/pause") { request, context in
            let function = try await host.submit(
                PauseFunction(try context.path("slug"), cancelAfter: try await Self.period(request)))
            return respond.data(Self.shape(function))
        }
        group.post("/v1/functions/:slug/resume") { _, context in
            respond.data(Self.shape(try await host.submit(ResumeFunction(try context.path("slug")))))
        }
    }

    private static func period(_ request: Request) async throws -> Duration {
        let body = try await RequestBytes.optionalJSON(of: request, limit: 1 << 16)
        guard let text = body?["cancel_after"]?.string else { return Limits.defaultPause }
        guard let period = TimeString.parse(text) else {
            throw APIError(.badRequest, "cancel_after: '\(text)' is no duration such as 7d or 12h; 0s is at once")
        }
        return period
    }

    private static func shape(_ function: FunctionRecord) -> JSON {
        let shape: JSON = ["function": .string(function.slug)]
        return shape.merging(APIShapes.pause(of: function))
    }
}
