/// The conditions of a query, and what is bound to them.
struct Filter {
    private var conditions: [String] = []
    private(set) var values: [ColumnValue] = []

    mutating func add(_ condition: String, _ value: ColumnValue?) {
        guard let value else { return }
        conditions.append(condition)
        values.append(value)
    }

    mutating func add(_ condition: String, _ bound: [ColumnValue] = []) {
        conditions.append(condition)
        values += bound
    }

    /// PostgreSQL knows no empty list: nothing is among none.
    mutating func add(_ column: String, among allowed: [ColumnValue]) {
        guard !allowed.isEmpty else { return add("1 = 0") }
        conditions.append("\(column) IN (\(Array(repeating: "?", count: allowed.count).joined(separator: ", ")))")
        values += allowed
    }

    var clause: String { conditions.isEmpty ? "" : "WHERE " + conditions.joined(separator: " AND ") }
}
