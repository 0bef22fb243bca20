import Engine
import Expressions
import Hummingbird
import JSON
import Wire

/// Events are listed and searched.
struct EventList {
    let host: EngineHost
    let reads: any Reads
    let turns: SearchTurns

    private var respond: APIResponse { APIResponse(now: host.now) }

    func add<Context: RequestContext>(to group: RouterGroup<Context>) {
        group.get("/v1/events") { request, _ in try await events(request) }
    }

    private func events(_ request: Request) async throws -> Response {
        let parameters = QueryParameters(request)
        var query = EventQuery(limit: try parameters.limit())
        query.before = try parameters.id("cursor")
        query.since = try parameters.time("received_after")
        query.until = try parameters.time("received_before")
        query.name = parameters["name"]
        query.includesInternal = try parameters.flag("internal") || query.name?.hasPrefix("inngest/") ?? false
        let shape = try parameters.flag("summary") ? APIShapes.eventSummary : APIShapes.event
        if let condition = try parameters.condition("if", variables: []) {
            return try await turns.take { try await search(query, condition, shape) }
        }
        let page = try await reads.events(query)
        return respond.page(
            page.elements.map(shape), cursor: page.elements.last?.event.internalID.description, hasMore: page.hasMore)
    }

    /// Looks at events one after another, and stops where that has cost enough: the cursor goes on from there.
    private func search(
        _ query: EventQuery, _ condition: Expression, _ shape: (StoredEvent) -> JSON
    ) async throws -> Response {
        var scan = Scan()
        var found: [JSON] = []
        var part = query
        part.limit = Scan.slice
        part.maximumBytes = Scan.sliceBytes
        var hasMore = true
        while hasMore, found.count < query.limit, !scan.isOver {
            let page = try await reads.events(part)
            let looked = await scan.look(at: page.elements, for: query.limit - found.count) { [host] stored in
                // A condition that fails for this event is false for it.
                (try? condition.matches(event: stored.event.json, now: host.now.milliseconds)) == true
            }
            found += looked.found.map(shape)
            part.before = page.elements.prefix(looked.count).last?.event.internalID ?? part.before
            hasMore = page.hasMore || looked.count < page.elements.count
        }
        return respond.page(
            found, cursor: part.before?.description, hasMore: hasMore, scanned: (scan.count, part.before?.time))
    }
}
