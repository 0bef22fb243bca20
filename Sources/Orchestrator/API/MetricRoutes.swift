import Engine
import Hummingbird
import JSON
import Wire

/// How a function is doing, over time.
struct MetricRoutes {
    let host: EngineHost
    let reads: any Reads

    /// Runs that are looked at, the newest first. Where there are more, the time that is told begins later.
    private static let limit = 20_000
    private static let backlogLimit = 1_000_000

    func add<Context: RequestContext>(to group: RouterGroup<Context>) {
        group.get("/v1/functions/:slug/metrics") { request, context in try await metrics(request, context) }
    }

    private func metrics(_ request: Request, _ context: some RequestContext) async throws -> Response {
        let slug = try context.path("slug")
        guard let function = try await FunctionNames(reads).ids(slug: slug, app: nil)?.first else {
            throw APIError(.notFound, "there is no function '\(slug.prefix(200))'")
        }
        let range = try TimeRange(QueryParameters(request), now: host.now)
        let runs = try await reads.runTimes(of: function, since: range.since, until: range.until, limit: Self.limit)
        let backlog = try await reads.backlog(of: function, at: host.now, limit: Self.backlogLimit)
        let isTruncated = runs.count == Self.limit
        return APIResponse(now: host.now).data(
            range.json.merging([
                "backlog": .int(backlog), "buckets": .array(FunctionMetrics(runs, range).buckets),
                "complete_since": APIShapes.time(
                    isTruncated ? runs.last?.createdAt ?? range.since : range.since),
                "truncated": .bool(isTruncated),
            ]))
    }
}

/// What happened to the runs that were made in a time, in intervals.
struct FunctionMetrics {
    let buckets: [JSON]

    private struct Bucket {
        var made = 0
        var started = 0
        var ended: [Run.Status: Int] = [:]
        /// From start to end, in milliseconds.
        var durations: [Int64] = []
        /// From when a run might have begun to when it did.
        var delays: [Int64] = []
        /// Change of the number of runs that have not begun.
        var waiting = 0
    }

    init(_ runs: [RunTimes], _ range: TimeRange) {
        var buckets = [Bucket](repeating: Bucket(), count: range.buckets)
        func change(_ time: Timestamp?, _ edit: (inout Bucket) -> Void) {
            guard let time, time >= range.since, time < range.until else { return }
            edit(&buckets[Int((time - range.since).milliseconds / range.interval.milliseconds)])
        }
        for run in runs {
            change(run.createdAt) { $0.made += 1 }
            change(run.scheduledFor) { $0.waiting += 1 }
            change(run.startedAt ?? run.endedAt) { $0.waiting -= 1 }
            if let startedAt = run.startedAt {
                change(startedAt) {
                    $0.started += 1
                    $0.delays.append(max(0, (startedAt - run.scheduledFor).milliseconds))
                }
            }
            change(run.endedAt) { bucket in
                bucket.ended[run.status, default: 0] += 1
                guard let startedAt = run.startedAt, let endedAt = run.endedAt else { return }
                bucket.durations.append((endedAt - startedAt).milliseconds)
            }
        }
        var waiting = 0
        self.buckets = buckets.enumerated().map { index, bucket in
            waiting += bucket.waiting
            return [
                "at": APIShapes.time(range.since + .milliseconds(range.interval.milliseconds * Int64(index))),
                "cancelled": .int(bucket.ended[.cancelled] ?? 0), "completed": .int(bucket.ended[.completed] ?? 0),
                "delay_p95_ms": Self.percentile(95, bucket.delays),
                "duration_p50_ms": Self.percentile(50, bucket.durations),
                "duration_p95_ms": Self.percentile(95, bucket.durations),
                "failed": .int(bucket.ended[.failed] ?? 0), "made": .int(bucket.made), "started": .int(bucket.started),
                "waiting": .int(max(0, waiting)),
            ]
        }
    }

    /// Nearest rank; null where there is nothing.
    private static func percentile(_ percent: Int, _ values: [Int64]) -> JSON {
        guard !values.isEmpty else { return .null }
        let rank = max(1, (values.count * percent + 99) / 100)
        return .int(values.sorted()[rank - 1])
    }
}
