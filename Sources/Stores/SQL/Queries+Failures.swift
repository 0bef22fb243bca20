import Engine
import Wire

extension Queries {
    package func failureGroups(_ query: FailureQuery) throws -> FailureGroups {
        var filter = Filter()
        filter.add("ended_at >= ?", .time(query.since))
        filter.add("ended_at < ?", .time(query.until))
        filter.add("error_group = ?", query.group.map { .text($0) })
        if let functions = query.functions { filter.add("function_id", among: functions.map { .text($0.description) }) }
        var tallies: [String: Tally] = [:]
        var counted = 0
        _ = try connection.statement(
            """
            SELECT error_group, ended_at, run_id, CASE WHEN repeated_by IS NULL THEN 1 ELSE 0 END FROM failures
            \(filter.clause) ORDER BY ended_at DESC LIMIT ?
            """
        ).map(filter.values + [.int(Int64(query.limit + 1))]) { row in
            counted += 1
            guard counted <= query.limit else { return }
            let (time, run) = (Timestamp(milliseconds: row.int64(1)), row.text(2))
            tallies[row.text(0), default: Tally(latestRun: run, latestAt: time)]
                .add(at: time, interval: query.interval(of: time), isOpen: row.int(3) != 0)
        }
        let latest = try connection.statement("SELECT \(Columns.failure) FROM failures WHERE run_id = ?")
        let groups = try tallies.sorted { ($0.value.latestAt, $0.key) > ($1.value.latestAt, $1.key) }
            .compactMap { _, tally -> FailureGroup? in
                guard let failure = try latest.map(.text(tally.latestRun), row: { Columns.failure($0) }).first ?? nil
                else { return nil }
                return FailureGroup(
                    latest: failure, firstAt: tally.firstAt, count: tally.count, open: tally.open,
                    intervals: tally.intervals)
            }
        return FailureGroups(groups: groups, isTruncated: counted > query.limit)
    }

    /// A group while its failures are being counted, the latest first.
    private struct Tally {
        let latestRun: String
        let latestAt: Timestamp
        var firstAt: Timestamp
        var count = 0
        var open = 0
        var intervals: [Int: Int] = [:]

        init(latestRun: String, latestAt: Timestamp) {
            self.latestRun = latestRun
            self.latestAt = latestAt
            firstAt = latestAt
        }

        mutating func add(at time: Timestamp, interval: Int, isOpen: Bool) {
            firstAt = time
            count += 1
            open += isOpen ? 1 : 0
            intervals[interval, default: 0] += 1
        }
    }
}
