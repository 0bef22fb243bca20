import Engine
import Expressions
import Hummingbird
import JSON
import Wire

/// Runs are listed, searched and counted.
struct RunList {
    let host: EngineHost
    let reads: any Reads
    private let turns: SearchTurns
    private let totals: RunTotals

    init(host: EngineHost, reads: any Reads, turns: SearchTurns = SearchTurns()) {
        self.host = host
        self.reads = reads
        self.turns = turns
        totals = RunTotals { try await reads.runCounts($0, limit: Self.countLimit) }
    }

    private var respond: APIResponse { APIResponse(now: host.now) }

    /// Runs of one status that are counted; more are told as "this many or more".
    private static let countLimit = 1_000_000

    func add<Context: RequestContext>(to group: RouterGroup<Context>) {
        group.get("/v1/runs") { request, _ in try await runs(request) }
        group.get("/v1/runs/totals") { request, _ in try await totals(request) }
    }

    private func runs(_ request: Request) async throws -> Response {
        let parameters = QueryParameters(request)
        var query = try await query(parameters)
        query.withOutput = try !parameters.flag("summary")
        guard let condition = try parameters.condition("if", variables: ["output", "error"]) else {
            return try await answer(query)
        }
        return try await turns.take { try await search(query, condition) }
    }

    private func query(_ parameters: QueryParameters) async throws -> RunQuery {
        var query = RunQuery(limit: try parameters.limit())
        query.before = try parameters.id("cursor")
        query.since = try parameters.time("after")
        query.until = try parameters.time("before")
        query.statuses = try parameters.statuses()
        query.rerunOf = try parameters.id("rerun_of")
        query.failure = parameters["failure"]
        query.openFailures = try parameters.flag("open")
        query.functions = try await FunctionNames(reads).ids(slug: parameters["function"], app: parameters["app"])
        return query
    }

    /// The runs of a query, with the names of their functions and events.
    func answer(_ query: RunQuery) async throws -> Response {
        let page = try await reads.runs(query)
        return respond.page(
            try await shapes(page.elements), cursor: page.elements.last?.id.description, hasMore: page.hasMore)
    }

    private func shapes(_ runs: [Run]) async throws -> [JSON] {
        let functions = try await FunctionNames(reads)
        let names = try await reads.eventNames(runs.compactMap(\.eventIDs.first))
        return runs.map {
            APIShapes.run($0, functions[$0.functionID], eventName: $0.eventIDs.first.flatMap { names[$0] })
        }
    }

    // MARK: Search

    /// Looks at runs one after another, and stops where that has cost enough: the cursor goes on from there.
    private func search(_ query: RunQuery, _ condition: Expression) async throws -> Response {
        var scan = Scan()
        var found: [Run] = []
        var part = query
        part.withOutput = true
        part.limit = Scan.slice
        part.maximumBytes = Scan.sliceBytes
        var cursor: ULID?
        var hasMore = true
        while hasMore, found.count < query.limit, !scan.isOver {
            let page = try await reads.runs(part)
            let triggers = try await reads.events(page.elements.compactMap(\.eventIDs.first))
            let events = Dictionary(triggers.map { ($0.event.internalID, $0.event.json) }) { first, _ in first }
            let looked = await scan.look(at: page.elements, for: query.limit - found.count) { run in
                matches(run, run.eventIDs.first.flatMap { events[$0] }, condition)
            }
            found += looked.found
            cursor = page.elements.prefix(looked.count).last?.id ?? cursor
            hasMore = page.hasMore || looked.count < page.elements.count
            part.before = cursor
        }
        if !query.withOutput { for index in found.indices { found[index].output = nil } }
        return respond.page(
            try await shapes(found), cursor: cursor?.description, hasMore: hasMore,
            scanned: (scan.count, cursor?.time))
    }

    private func matches(_ run: Run, _ event: JSON?, _ condition: Expression) -> Bool {
        var variables = ["output": run.output ?? .null]
        if run.status == .failed { variables["error"] = run.output }
        // A condition that fails for this run is false for it.
        return (try? condition.matches(event: event, now: host.now.milliseconds, variables: variables)) ?? false
    }

    // MARK: Totals

    private func totals(_ request: Request) async throws -> Response {
        let query = try await query(QueryParameters(request))
        let counted = try await totals.totals(query, now: host.now)
        let shape = Run.Status.allCases.map { ($0.name, JSON?.some(.int(counted.counts[$0] ?? 0))) }
        return respond.data([
            "counted_at": APIShapes.time(counted.at), "limit": .int(Self.countLimit), "totals": .object(shape),
        ])
    }
}
