import CLibPQ

/// Queries written for every store: `?` becomes `$1`, `$2` and so on.
extension PostgresConnection: QueryConnection {
    func statement(_ sql: String) -> PostgresQuery { PostgresQuery(connection: self, sql: numbered(sql)) }

    private func numbered(_ sql: String) -> String {
        if let known = numberedQueries[sql] { return known }
        var count = 0
        let text = sql.split(separator: "?", omittingEmptySubsequences: false).reduce(into: "") { text, part in
            if count > 0 { text += "$\(count)" }
            text += part
            count += 1
        }
        numberedQueries[sql] = text
        return text
    }

    /// Runs reads that all see the same moment.
    ///
    /// - Parameter idle: how long may go by between two of them.
    func reading<Value>(idle: Duration = .seconds(15), _ body: () throws -> Value) throws -> Value {
        try send("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        // Whoever stands still between two reads must not keep the server from cleaning up.
        try send(
            """
            SELECT set_config('statement_timeout', '30s', true), \
            set_config('idle_in_transaction_session_timeout', '\(idle.milliseconds)ms', true)
            """)
        do {
            let value = try body()
            try send("COMMIT")
            try drain()
            return value
        } catch {
            rollBack()
            throw error
        }
    }
}

struct PostgresQuery: QueryStatement {
    let connection: PostgresConnection
    let sql: String

    func map<Element>(_ values: [ColumnValue], row: (any ColumnRow) -> Element) throws -> [Element] {
        var elements: [Element] = []
        try withoutActuallyEscaping(row) { row in
            try connection.send(sql, values.map { .value($0) }) { result in
                elements = PostgresConnection.elements(result) { .some(row($0)) }
            }
            try connection.drain()
        }
        return elements
    }
}
