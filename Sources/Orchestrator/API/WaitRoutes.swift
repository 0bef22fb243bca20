import Engine
import Hummingbird
import JSON

/// How many runs wait for which events.
struct WaitRoutes {
    let host: EngineHost
    let reads: any Reads

    func add<Context: RequestContext>(to group: RouterGroup<Context>) {
        group.get("/v1/waits") { _, _ in
            let counts = try await reads.waitCounts()
            return APIResponse(now: host.now).data(.array(counts.map(APIShapes.waitCount)))
        }
    }
}

extension APIShapes {
    static func waitCount(_ count: WaitCount) -> JSON {
        ["event": .string(count.eventName), "unindexed": .int(count.unindexed), "waits": .int(count.live)]
    }
}
