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

    mutating func add(_ column: String, among allowed: [ColumnValue]) {
        conditions.append("\(column) IN (\(Array(repeating: "?", count: allowed.count).joined(separator: ", ")))")
        values += allowed
    }

    var clause: String { conditions.isEmpty ? "" : "WHERE " + conditions.joined(separator: " AND ") }
}
