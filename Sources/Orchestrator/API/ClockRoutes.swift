import HTTPTypes
import Hummingbird
import JSON
import Wire

/// The clock is read and moved. In `dev` only.
struct ClockRoutes {
    let host: EngineHost
    let feed: LiveFeed

    private var respond: APIResponse { APIResponse(now: host.now) }

    func add<Context: RequestContext>(to group: RouterGroup<Context>) {
        group.get("/v1/clock") { _, _ in respond.data(Self.shape(try await host.clock(.read))) }
        group.post("/v1/clock") { request, _ in
            let body = try await RequestBytes.json(of: request, limit: 1 << 16)
            // Others who look reckon by another time then.
            defer { feed.forget() }
            return respond.data(Self.shape(try await host.clock(try Self.change(body))))
        }
    }

    private static func change(_ body: JSON) throws -> ClockChange {
        if let text = body["advance"]?.string {
            guard let duration = TimeString.parse(text) else {
                throw APIError(.badRequest, "advance: '\(text)' is no duration such as 3d or 1h30m")
            }
            return .advance(duration)
        }
        if let text = body["advance_to"]?.string {
            guard let time = Timestamp(rfc3339: text) else {
                throw APIError(.badRequest, "advance_to: '\(text)' is no RFC 3339 time")
            }
            return .advanceTo(time)
        }
        if body["to_next_timer"]?.bool == true { return .toNextTimer }
        if body["pause"]?.bool == true { return .pause }
        if body["run"]?.bool == true { return .run }
        throw APIError(.badRequest, "one of advance, advance_to, to_next_timer, pause and run is expected")
    }

    static func shape(_ state: ClockState) -> JSON {
        [
            "fired": state.fired.map(JSON.int), "moving": state.moving.map(shape) ?? .null,
            "next_timer": state.nextTimer.map(APIShapes.time) ?? .null,
            "now": APIShapes.time(state.now), "offset_ms": .int((state.now - state.wall).milliseconds),
            "paused": .bool(state.isPaused), "wall": APIShapes.time(state.wall),
        ]
    }

    private static func shape(_ moving: ClockState.Moving) -> JSON {
        [
            "to": moving.target.map(APIShapes.time) ?? .null,
            "waits_for": .array(moving.waitsFor.map { .string($0.description) }),
        ]
    }
}
