import Engine
import JSON
import Wire

extension Queries {
    package func runs(_ query: RunQuery) throws -> Page<Run> {
        let ids = try ids(query)
        var runs: [Run] = []
        var bytes = 0
        let statement = try connection.statement(
            "SELECT \(query.withOutput ? Columns.run : Columns.runWithoutOutput) FROM runs WHERE id = ?")
        for id in ids.prefix(query.limit) {
            guard bytes <= query.maximumBytes else { return Page(elements: runs, hasMore: true) }
            guard let run = try statement.map(.text(id), row: { Columns.run($0) }).first ?? nil else { continue }
            bytes += run.output?.bytes.count ?? 0
            runs.append(run)
        }
        return Page(elements: runs, hasMore: ids.count > query.limit)
    }

    package func runs(_ ids: [ULID]) throws -> [Run] {
        let statement = try connection.statement("SELECT \(Columns.runWithoutOutput) FROM runs WHERE id = ?")
        return try ids.flatMap { try statement.map(.id($0)) { Columns.run($0) } }.compactMap { $0 }
    }

    package func runCounts(_ query: RunQuery, limit: Int) throws -> [Run.Status: Int] {
        var counts: [Run.Status: Int] = [:]
        for status in query.statuses.isEmpty ? Set(Run.Status.allCases) : query.statuses {
            var one = query
            one.statuses = [status]
            for filter in filters(one) {
                let left = limit - counts[status, default: 0]
                guard left > 0 else { break }
                counts[status, default: 0] +=
                    try connection.statement("SELECT COUNT(*) FROM (SELECT 1 FROM \(filter.clause) LIMIT ?) AS found")
                    .map(filter.values + [.int(Int64(left))]) { $0.int(0) }.first ?? 0
            }
        }
        return counts
    }

    package func runTimes(of function: NameUUID, since: Timestamp, until: Timestamp, limit: Int) throws -> [RunTimes] {
        var query = RunQuery(limit: limit)
        (query.since, query.until, query.functions) = (since, until, [function])
        let statement = try connection.statement(
            "SELECT status, created_at, scheduled_for, started_at, ended_at FROM runs WHERE id = ?")
        return try ids(query).prefix(limit).flatMap { id in
            try statement.map(.text(id)) { row in
                RunTimes(
                    status: Run.Status(rawValue: row.int(0)) ?? .scheduled,
                    createdAt: Timestamp(milliseconds: row.int64(1)),
                    scheduledFor: Timestamp(milliseconds: row.int64(2)),
                    startedAt: Columns.time(row, 3), endedAt: Columns.time(row, 4))
            }
        }
    }

    package func backlog(of function: NameUUID, at now: Timestamp, limit: Int) throws -> Int {
        try connection.statement(
            """
            SELECT COUNT(*) FROM (
                SELECT 1 FROM queue WHERE lease IS NULL AND work < 2 AND stage = 0 AND rank <= ? AND function_id = ?
                UNION ALL SELECT 1 FROM lanes l JOIN queue q ON q.lane = l.id WHERE l.function_id = ?
                LIMIT ?
            ) AS waiting
            """
        ).map(
            .time(now), .text(function.description), .text(function.description), .int(Int64(limit))
        ) { $0.int(0) }.first ?? 0
    }

    // MARK: Which runs

    /// What a condition on an index costs is its own rows alone, so that a rare status is found at once among a
    /// million others. So a query for several statuses or functions is one for each, and their ids are merged.
    private func ids(_ query: RunQuery) throws -> [String] {
        let filters = filters(query)
        let ids = try filters.flatMap { filter in
            try connection.statement(
                "SELECT \(filter.column) FROM \(filter.clause) ORDER BY \(filter.column) DESC LIMIT ?"
            )
            .map(filter.values + [.int(Int64(query.limit + 1))]) { $0.text(0) }
        }
        return filters.count < 2 ? ids : Array(ids.sorted(by: >).prefix(query.limit + 1))
    }

    /// A table with conditions, and the column of the run's id.
    private struct Branch {
        let column: String
        let clause: String
        let values: [ColumnValue]
    }

    /// Beyond this many, one walk over all runs is cheaper.
    private static let maximumBranches = 200

    private func filters(_ query: RunQuery) -> [Branch] {
        if let group = query.failure {
            // What is in a group has failed.
            let isMeant = query.statuses.isEmpty || query.statuses.contains(.failed)
            return isMeant ? [failures(group, query)] : []
        }
        let statuses = query.statuses.sorted { $0.rawValue < $1.rawValue }
        guard query.event == nil, query.rerunOf == nil else { return [branch(query, statuses, query.functions)] }
        guard let functions = query.functions else {
            return statuses.isEmpty ? [branch(query, [], nil)] : statuses.map { branch(query, [$0], nil) }
        }
        let all = statuses.isEmpty ? Run.Status.allCases : statuses
        guard functions.count * all.count <= Self.maximumBranches else { return [branch(query, statuses, functions)] }
        return functions.flatMap { function in all.map { branch(query, [$0], [function]) } }
    }

    private func branch(_ query: RunQuery, _ statuses: [Run.Status], _ functions: [NameUUID]?) -> Branch {
        var filter = Filter()
        filter.add("id < ?", query.before.map { .id($0) })
        filter.add("id >= ?", query.since.map { .id(ULID(time: $0, random: 0)) })
        filter.add("id < ?", query.until.map { .id(ULID(time: $0, random: 0)) })
        if let event = query.event {
            filter.add(
                // Not OR, for which PostgreSQL would read all runs.
                """
                id IN (SELECT id FROM runs WHERE event_id = ? UNION SELECT run_id FROM run_events WHERE event_id = ?)
                """,
                [.id(event), .id(event)])
        }
        filter.add("rerun_of = ?", query.rerunOf.map { .id($0) })
        narrow(&filter, to: functions)
        if statuses.count == 1 {
            filter.add("status = ?", .int(Int64(statuses[0].rawValue)))
        } else if !statuses.isEmpty {
            filter.add("status", among: statuses.map { .int(Int64($0.rawValue)) })
        }
        return Branch(column: "id", clause: "runs \(filter.clause)", values: filter.values)
    }

    private func failures(_ group: String, _ query: RunQuery) -> Branch {
        var filter = Filter()
        filter.add("error_group = ?", .text(group))
        filter.add("run_id < ?", query.before.map { .id($0) })
        // As in the counts of groups, and in their replays, it is about when they failed.
        filter.add("ended_at >= ?", query.since.map { .time($0) })
        filter.add("ended_at < ?", query.until.map { .time($0) })
        if query.openFailures { filter.add("repeated_by IS NULL") }
        narrow(&filter, to: query.functions)
        return Branch(column: "run_id", clause: "failures \(filter.clause)", values: filter.values)
    }

    private func narrow(_ filter: inout Filter, to functions: [NameUUID]?) {
        // One value in an IN would do for SQLite, but its planner then sorts.
        switch functions {
        case let list? where list.count == 1: filter.add("function_id = ?", .text(list[0].description))
        case let list?: filter.add("function_id", among: list.map { .text($0.description) })
        case nil: break
        }
    }
}
