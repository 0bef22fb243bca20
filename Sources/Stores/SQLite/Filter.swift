/// The conditions of a query, and what is bound to them.
struct Filter {
    private var conditions: [String] = []
    private(set) var values: [SQLiteStatement.Value] = []

    mutating func add(_ condition: String, _ value: SQLiteStatement.Value?) {
        guard let value else { return }
        conditions.append(condition)
        values.append(value)
    }

    mutating func add(_ condition: String) {
        conditions.append(condition)
    }

    mutating func add(_ column: String, among allowed: [SQLiteStatement.Value]) {
        conditions.append("\(column) IN (\(Array(repeating: "?", count: allowed.count).joined(separator: ", ")))")
        values += allowed
    }

    var clause: String { conditions.isEmpty ? "" : "WHERE " + conditions.joined(separator: " AND ") }
}
