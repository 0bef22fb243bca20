import Engine
import JSON
import Wire

/// What rules remember, and bulk jobs.
extension SQLiteStore {
    package func ruleStates(_ keys: [RuleKey]) throws -> [RuleState] {
        let statement = try connection.statement(
            "SELECT state, expires_at FROM rule_states WHERE function_id = ? AND rule = ? AND key = ?")
        return try keys.flatMap { key in
            try statement.map(.text(key.function.description), .text(key.rule.rawValue), .text(key.hash)) {
                RuleState(key: key, value: $0.json(0) ?? .null, expiresAt: Columns.time($0, 1))
            }
        }
    }

    package func ruleStates(
        of function: NameUUID, rule: RuleKey.Rule, after hash: String, limit: Int
    ) throws -> [RuleState] {
        try connection.statement(
            """
            SELECT key, state, expires_at FROM rule_states WHERE function_id = ? AND rule = ? AND key > ?
            ORDER BY key LIMIT ?
            """
        ).map(.text(function.description), .text(rule.rawValue), .text(hash), .int(Int64(limit))) {
            RuleState(
                key: RuleKey(function: function, rule: rule, hash: $0.text(0)), value: $0.json(1) ?? .null,
                expiresAt: Columns.time($0, 2))
        }
    }

    package func jobs(_ ids: [ULID]) throws -> [BulkJob] {
        let statement = try connection.statement("SELECT \(Columns.job) FROM jobs WHERE id = ?")
        return try ids.flatMap { try statement.map(.id($0)) { Columns.job($0) } }.compactMap { $0 }
    }

    package func scanRuns(_ scan: RunScan) throws -> [ULID] {
        if let failure = scan.failure {
            return try connection.statement(
                """
                SELECT run_id FROM failures WHERE error_group = ? AND run_id > ? AND run_id < ? AND repeated_by IS NULL
                ORDER BY run_id LIMIT ?
                """
            ).map(.text(failure), .id(scan.after), .id(scan.before), .int(Int64(scan.limit))) { ULID($0.text(0)) }
                .compactMap { $0 }
        }
        var conditions = ["status = ?", "id > ?", "id < ?"]
        var values: [ColumnValue] = [.int(Int64(scan.status.rawValue)), .id(scan.after), .id(scan.before)]
        if let function = scan.function {
            conditions.append("function_id = ?")
            values.append(.text(function.description))
        }
        return try connection.statement(
            "SELECT id FROM runs WHERE \(conditions.joined(separator: " AND ")) ORDER BY id LIMIT ?"
        ).map(values + [.int(Int64(scan.limit))]) { ULID($0.text(0)) }.compactMap { $0 }
    }

    func writeRuleStates(_ changes: Changes) throws {
        for key in changes.removedRuleStates {
            try connection.statement("DELETE FROM rule_states WHERE function_id = ? AND rule = ? AND key = ?")
                .run(.text(key.function.description), .text(key.rule.rawValue), .text(key.hash))
        }
        for state in changes.ruleStates {
            try connection.statement(
                "INSERT OR REPLACE INTO rule_states (function_id, rule, key, state, expires_at) VALUES (?, ?, ?, ?, ?)"
            ).run(
                .text(state.key.function.description), .text(state.key.rule.rawValue), .text(state.key.hash),
                .bytes(state.value.bytes), .optional(state.expiresAt))
        }
    }

    func writeJobs(_ changes: Changes) throws {
        for job in changes.jobs {
            try connection.statement("INSERT OR REPLACE INTO jobs (\(Columns.job)) VALUES (?, ?, ?, ?, ?, ?, ?)").run(
                .id(job.id), .text(job.kind.rawValue), .bytes(job.spec.bytes), .bytes(job.state.bytes),
                .text(job.status.rawValue), .time(job.createdAt), .optional(job.endedAt))
        }
        for run in changes.jobRuns {
            try connection.statement(
                "INSERT OR IGNORE INTO job_runs (job_id, run_id, new_run_id, error) VALUES (?, ?, ?, ?)"
            ).run(.id(run.job), .id(run.run), .optional(run.newRun?.description), .optional(run.error))
        }
    }
}
