import Engine
import Wire

/// What both stores do for a dump, but for how they write.
extension Dump.End where Self: Store {
    fileprivate func rows(
        of table: StoreTable, after key: [ColumnValue]?, limit: Int, on connection: some QueryConnection
    ) throws -> [[ColumnValue]] {
        let columns = table.columns.map(\.name).joined(separator: ", ")
        let keys = table.columns.prefix(table.key).map(\.name).joined(separator: ", ")
        let places = Array(repeating: "?", count: table.key).joined(separator: ", ")
        let condition = key == nil ? "" : "WHERE (\(keys)) > (\(places))"
        return try connection.statement("SELECT \(columns) FROM \(table.name) \(condition) ORDER BY \(keys) LIMIT ?")
            .map((key ?? []) + [.int(Int64(limit))]) { row in
                table.columns.enumerated().map { index, column in
                    let place = Int32(index)
                    if row.isNull(place) { return .null }
                    return switch column.type {
                    case .int: .int(row.int64(place))
                    case .text: .text(row.text(place))
                    case .blob: .bytes(row.bytes(place)[...])
                    }
                }
            }
    }
}

extension SQLiteStore: Dump.End {
    package func atOneMoment<Result>(_ body: () throws -> Result) throws -> Result { try transaction(body) }

    /// Who has the file open has it alone.
    package func beAlone() throws {}

    package func rows(of table: StoreTable, after key: [ColumnValue]?, limit: Int) throws -> [[ColumnValue]] {
        try rows(of: table, after: key, limit: limit, on: connection)
    }

    package func insert(_ rows: [[ColumnValue]], into table: StoreTable) throws {
        let names = table.columns.map(\.name).joined(separator: ", ")
        let places = Array(repeating: "?", count: table.columns.count).joined(separator: ", ")
        let statement = try connection.statement("INSERT INTO \(table.name) (\(names)) VALUES (\(places))")
        for row in rows { try statement.run(row) }
    }

    /// What is leased is taken back when an orchestrator starts on the file.
    package func finish() throws {}
}

extension PostgresStore: Dump.End {
    package func atOneMoment<Result>(_ body: () throws -> Result) throws -> Result {
        // Who reads the dump may take his time.
        try connection().reading(idle: .seconds(3600), body)
    }

    package func beAlone() throws {
        try haveAlone()
        let nodes = try connection().rows("SELECT name FROM nodes WHERE alive_until > now() ORDER BY name") {
            $0.text(0)
        }
        guard nodes.isEmpty else {
            throw InvalidDump("orchestrators are at work on the target: end \(nodes.joined(separator: ", ")) first")
        }
    }

    package func rows(of table: StoreTable, after key: [ColumnValue]?, limit: Int) throws -> [[ColumnValue]] {
        try rows(of: table, after: key, limit: limit, on: connection())
    }

    package func insert(_ rows: [[ColumnValue]], into table: StoreTable) throws {
        try send(table.insert, table, rows)
        try connection().drain()
    }

    /// What is leased belongs to nobody, so that whoever starts first takes it back. Functions have changed for
    /// those who run already.
    package func finish() throws {
        try connection().send("UPDATE queue SET leased_by = '' WHERE lease IS NOT NULL")
        try raiseCatalogVersion()
        try connection().drain()
    }
}
