import Engine
import Hummingbird
import JSON

/// The orchestrators that share a database, and whether this one is ready for work.
struct NodeRoutes {
    let host: EngineHost
    let nodes: any NodeList

    func add<Context: RequestContext>(to group: RouterGroup<Context>) {
        group.get("/v1/nodes") { _, _ in
            let nodes = try await nodes.nodes()
            return APIResponse(now: host.now).data(.array(nodes.map(APIShapes.node)))
        }
    }

    /// For load balancers: 503 while this node should get no requests.
    func addReadiness<Context: RequestContext>(to router: Router<Context>) {
        router.get("/ready") { _, _ in
            let (status, message) = host.readiness
            return APIResponse.json(
                ["message": .string(message), "status": .int(status.code)], status: status)
        }
    }
}

extension APIShapes {
    static func node(_ node: NodeRecord) -> JSON {
        [
            "alive_until": time(node.aliveUntil), "id": .string(node.id.description), "name": .string(node.name),
            "open_calls": .int(node.openCalls), "room": .int(node.room), "started_at": time(node.startedAt),
            "state": .string(node.state.rawValue), "version": .string(node.version),
        ]
    }
}
