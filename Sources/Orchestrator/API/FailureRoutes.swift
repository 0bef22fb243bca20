import Engine
import Hummingbird
import JSON
import Wire

/// Failed runs are brought together by what made them fail.
struct FailureRoutes {
    let host: EngineHost
    let reads: any Reads

    /// Failures that are counted, the latest first: a fraction of a second's work.
    static let limit = 200_000

    func add<Context: RequestContext>(to group: RouterGroup<Context>) {
        group.get("/v1/failures") { request, _ in try await failures(request) }
    }

    private func failures(_ request: Request) async throws -> Response {
        let parameters = QueryParameters(request)
        let range = try TimeRange(parameters, now: host.now)
        let functions = try await FunctionNames(reads)
        var query = FailureQuery(
            since: range.since, until: range.until, interval: range.interval, limit: Self.limit)
        query.group = parameters["group"]
        query.functions = functions.ids(slug: parameters["function"], app: parameters["app"])
        let found = try await reads.failureGroups(query)
        let groups = found.groups.map { shape($0, functions[$0.latest.functionID], range) }
        return APIResponse(now: host.now).data(
            range.json.merging(["groups": .array(groups), "truncated": .bool(found.isTruncated)]))
    }

    private func shape(_ group: FailureGroup, _ owner: APIShapes.FunctionAndApp?, _ range: TimeRange) -> JSON {
        let latest = group.latest
        return [
            "app": owner?.app.map { .string($0.name) }, "count": .int(group.count),
            "counts": .array((0..<range.buckets).map { .int(group.intervals[$0] ?? 0) }),
            "first_at": APIShapes.time(group.firstAt), "function": owner.map { .string($0.function.slug) },
            "function_name": owner.map { .string($0.function.config.name) }, "id": .string(latest.group),
            "last_at": APIShapes.time(latest.endedAt), "last_run_id": .string(latest.run.description),
            "message": .string(latest.message), "name": .string(latest.name), "open": .int(group.open),
            "step": latest.step.map(JSON.string) ?? .null,
        ]
    }
}

/// A time in intervals of the same length.
struct TimeRange {
    let since: Timestamp
    let until: Timestamp
    let buckets: Int
    let interval: Duration

    /// Reads `after`, `before` and `buckets`: the last 24 hours in 48 intervals, if nothing else is asked for.
    init(_ parameters: QueryParameters, now: Timestamp) throws {
        // What happens in this millisecond is in.
        until = try parameters.time("before") ?? now + .milliseconds(1)
        since = try parameters.time("after") ?? until + .seconds(-86_400)
        guard since < until else { throw APIError(.badRequest, "after: \(since) is not before \(until)") }
        buckets = try parameters.number("buckets", in: 1...500) ?? 48
        let length = (until - since).milliseconds
        interval = .milliseconds(max(1, (length + Int64(buckets) - 1) / Int64(buckets)))
    }

    var json: JSON {
        ["interval_ms": .int(interval.milliseconds), "since": APIShapes.time(since), "until": APIShapes.time(until)]
    }
}
