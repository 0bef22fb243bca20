import Engine
import JSON
import Wire

/// What rules remember, and bulk jobs.
extension PostgresStore {
    /// Locks the keys first, those of rows that are not there yet, too.
    package func ruleStates(_ keys: [RuleKey]) throws -> [RuleState] {
        guard !keys.isEmpty else { return [] }
        try lock(names: keys.map { Self.name(of: $0) })
        return try rowsUnderLock(Self.ruleStatesByKey, .rules(keys)) { Self.ruleState($0) }
    }

    static let ruleStatesByKey = """
        SELECT s.function_id, s.rule, s.key, s.state, s.expires_at
        FROM unnest($1::text[], $2::text[], $3::text[]) AS v (f, r, h)
        JOIN rule_states s ON s.function_id = v.f AND s.rule = v.r AND s.key = v.h
        """

    static func ruleState(_ row: any ColumnRow) -> RuleState? {
        RuleKey.Rule(rawValue: row.text(1)).map { rule in
            RuleState(
                key: RuleKey(function: NameUUID(stored: row.text(0)), rule: rule, hash: row.text(2)),
                value: row.json(3) ?? .null, expiresAt: Columns.time(row, 4))
        }
    }

    package func ruleStates(
        of function: NameUUID, rule: RuleKey.Rule, after hash: String, limit: Int
    ) throws -> [RuleState] {
        try connection().rows(
            """
            SELECT key, state, expires_at FROM rule_states WHERE function_id = $1 AND rule = $2 AND key > $3
            ORDER BY key LIMIT $4
            """, [.text(function.description), .text(rule.rawValue), .text(hash), .int(limit)]
        ) { row in
            RuleState(
                key: RuleKey(function: function, rule: rule, hash: row.text(0)), value: row.json(1) ?? .null,
                expiresAt: Columns.time(row, 2))
        }
    }

    package func jobs(_ ids: [ULID]) throws -> [BulkJob] {
        try connection().rows(
            "SELECT \(Columns.job) FROM jobs WHERE id = ANY ($1::text[]) ORDER BY id FOR UPDATE", [.ids(ids)]
        ) { Columns.job($0) }
    }

    package func scanRuns(_ scan: RunScan) throws -> [ULID] {
        if let failure = scan.failure {
            return try connection().rows(
                """
                SELECT run_id FROM failures WHERE error_group = $1 AND run_id > $2 AND run_id < $3 AND repeated_by IS NULL
                ORDER BY run_id LIMIT $4
                """,
                [
                    .text(failure), .text(scan.after.description), .text(scan.before.description), .int(scan.limit),
                ]
            ) { ULID($0.text(0)) }
        }
        var conditions = ["status = $1", "id > $2", "id < $3"]
        var parameters: [PostgresParameter] = [
            .int(scan.status.rawValue), .text(scan.after.description), .text(scan.before.description),
            .int(scan.limit),
        ]
        if let function = scan.function {
            conditions.append("function_id = $5")
            parameters.append(.text(function.description))
        }
        return try connection().rows(
            "SELECT id FROM runs WHERE \(conditions.joined(separator: " AND ")) ORDER BY id LIMIT $4", parameters
        ) { ULID($0.text(0)) }
    }

    func writeRules(_ changes: Changes) throws {
        if !changes.removedRuleStates.isEmpty {
            try connection().send(StoreTable.ruleStates.delete, .rules(changes.removedRuleStates))
        }
        try send(
            StoreTable.ruleStates.replace, .ruleStates,
            changes.ruleStates.map {
                [
                    .text($0.key.function.description), .text($0.key.rule.rawValue), .text($0.key.hash),
                    .bytes($0.value.bytes), .optional($0.expiresAt),
                ]
            })
    }

    func writeJobs(_ changes: Changes) throws {
        try send(
            StoreTable.jobs.replace, .jobs,
            changes.jobs.map {
                [
                    .id($0.id), .text($0.kind.rawValue), .bytes($0.spec.bytes), .bytes($0.state.bytes),
                    .text($0.status.rawValue), .time($0.createdAt), .optional($0.endedAt),
                ]
            })
        try send(
            StoreTable.jobRuns.insert + " ON CONFLICT DO NOTHING", .jobRuns,
            changes.jobRuns.map { [.id($0.job), .id($0.run), .optional($0.newRun?.description), .optional($0.error)] })
    }
}

extension [PostgresParameter] {
    static func rules(_ keys: some Collection<RuleKey>) -> Self {
        [
            .texts(keys.map(\.function.description)), .texts(keys.map(\.rule.rawValue)), .texts(keys.map(\.hash)),
        ]
    }
}
