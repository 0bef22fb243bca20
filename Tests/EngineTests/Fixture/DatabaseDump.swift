import Engine

@testable import Stores

/// All rows of a database as text, to be compared.
struct DatabaseDump {
    private let connection: SQLiteConnection

    init(_ store: SQLiteStore) {
        connection = store.connection
    }

    static let tables = [
        "apps", "functions", "events", "runs", "steps", "queue", "gates", "lanes", "waits", "wait_keys", "history",
        "idempotency", "run_events", "step_requests", "step_inputs", "defers", "rule_states", "jobs", "job_runs",
    ]

    var text: String {
        get throws {
            try Self.tables.map { try "\($0)\n" + rows(of: $0).joined(separator: "\n") }.joined(separator: "\n\n")
        }
    }

    func rows(of table: String) throws -> [String] {
        let columns = try connection.statement("PRAGMA table_info(\(table))").map { $0.text(1) }
        let row = columns.map { "quote(CAST(\($0) AS TEXT))" }.joined(separator: " || ' ' || ")
        return try connection.statement("SELECT \(row) FROM \(table) ORDER BY 1").map { $0.text(0) }
    }
}
