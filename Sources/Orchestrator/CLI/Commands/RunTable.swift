import JSON
import Wire

/// Runs for people.
enum RunTable {
    static func make(_ runs: [JSON], now: Timestamp) -> TextTable {
        var table = TextTable([
            .fixed("RUN"), .fixed("STATUS"), .flexible("FUNCTION", minimum: 12), .flexible("BY"), .fixed("QUEUED"),
            .fixed("TOOK", right: true),
        ])
        for run in runs.map(RunSummary.init) {
            let end = run.endedAt ?? now
            table.append([
                .init(run.id), run.statusCell, .init(run.function), .init(cause(run), .quiet),
                .init(TimeText.relative(run.queuedAt, to: now), .quiet),
                .init(run.startedAt.map { DurationText.short(end - $0) } ?? ""),
            ])
        }
        return table
    }

    private static func cause(_ run: RunSummary) -> String {
        if let cron = run.cron { return cron }
        if run.originalRun != nil { return "rerun" }
        return run.eventName ?? ""
    }
}
