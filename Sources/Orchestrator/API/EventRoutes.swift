import Engine
import HTTPTypes
import Hummingbird
import JSON
import Wire

/// Events come in.
struct EventRoutes {
    let host: EngineHost
    let credentials: Credentials

    /// The largest request: 5,000 events would fit at 2 KiB each; a single one may have 3 MiB.
    static let maximumBody = 10 << 20

    func add<Context: RequestContext>(to router: Router<Context>) {
        router.post("/e/:key") { request, context in try await receive(request, context) }
        router.on("/e/:key", method: .options) { _, _ in Response(status: .noContent, headers: Self.crossOrigin) }
    }

    /// The same for those who have shown who they are.
    func add<Context: RequestContext>(to group: RouterGroup<Context>) {
        group.post("/v1/events") { request, _ in await ingest(request) }
    }

    /// Apps in browsers send events, too.
    private static let crossOrigin: HTTPFields = [
        .accessControlAllowOrigin: "*", .accessControlAllowMethods: "POST, OPTIONS",
        .accessControlAllowHeaders: "*",
    ]

    private func receive(_ request: Request, _ context: some RequestContext) async throws -> Response {
        guard credentials.accepts(eventKey: try context.path("key")) else {
            return answer(ids: [], error: APIError(.unauthorized, "Event key not found"))
        }
        return await ingest(request)
    }

    private func ingest(_ request: Request) async -> Response {
        do {
            let body = try await RequestBytes.read(request, limit: Self.maximumBody)
            let json = try FormEvents.event(in: request, body: body) ?? JSON(parsing: body, limits: .intake)
            let events = json.kind == .array ? Array(json.elements) : [json]
            guard events.count <= Limits.eventsPerRequest else {
                throw APIError(
                    .badRequest, "\(events.count) events in one request; the limit is \(Limits.eventsPerRequest)")
            }
            let outcome = try await host.submit(IngestEvents(events, seed: seed(of: request)))
            return answer(ids: outcome.ids, error: outcome.error.map { APIError(.badRequest, $0.description) })
        } catch {
            return answer(ids: [], error: APIError(error))
        }
    }

    private func answer(ids: [ULID], error: APIError?) -> Response {
        let status = error?.status ?? .ok
        var headers = Self.crossOrigin
        if status == .tooManyRequests { headers[.retryAfter] = "1" }
        return APIResponse.json(
            [
                "error": error.map { .string($0.message) }, "ids": .array(ids.map { .string($0.description) }),
                "status": .int(status.code),
            ], status: status, headers: headers)
    }

    private func seed(of request: Request) -> ULID? {
        HTTPField.Name(HeaderName.eventIDSeed).flatMap { request.headers[$0] }.flatMap(EventIDSeed.firstID)
    }
}
