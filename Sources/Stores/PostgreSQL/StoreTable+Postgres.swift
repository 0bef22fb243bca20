/// How sets of rows are written on PostgreSQL: each column travels as one array.
extension StoreTable {
    /// The queue with what only several orchestrators need: whose lease it is.
    static let leasedQueue = queue.adding("leased_by", .text)

    private var names: String { columns.map(\.name).joined(separator: ", ") }
    private var keyNames: String { columns.prefix(key).map(\.name).joined(separator: ", ") }

    /// `unnest($1::text[], $2::bigint[] …)`
    private func arrays(_ columns: some Sequence<(name: String, type: ColumnType)>) -> String {
        let places = columns.enumerated().map { "$\($0 + 1)::\($1.type.rawValue)[]" }
        return "unnest(\(places.joined(separator: ", ")))"
    }

    var insert: String { "INSERT INTO \(name) (\(names)) SELECT * FROM \(arrays(columns))" }

    /// Inserts rows, or changes those that are there.
    var replace: String { replacing { "\($0) = EXCLUDED.\($0)" } }

    /// The same for the queue. A lease stays with the node that took it, whoever else changes something of its item.
    var replaceLeased: String {
        replacing { column in
            guard column == "leased_by" else { return "\(column) = EXCLUDED.\(column)" }
            return "leased_by = CASE WHEN queue.lease = EXCLUDED.lease THEN queue.leased_by ELSE EXCLUDED.leased_by END"
        }
    }

    private func replacing(_ change: (String) -> String) -> String {
        let changes = columns.dropFirst(key).map { change($0.name) }
        guard !changes.isEmpty else { return insert + " ON CONFLICT (\(keyNames)) DO NOTHING" }
        return insert + " ON CONFLICT (\(keyNames)) DO UPDATE SET \(changes.joined(separator: ", "))"
    }

    var update: String {
        let changes = columns.dropFirst(key).map { "\($0.name) = v.\($0.name)" }.joined(separator: ", ")
        return "UPDATE \(name) t SET \(changes) FROM \(arrays(columns)) AS v (\(names)) WHERE \(sameKey("t", "v"))"
    }

    var delete: String {
        "DELETE FROM \(name) t USING \(arrays(columns.prefix(key))) AS v (\(keyNames)) WHERE \(sameKey("t", "v"))"
    }

    private func sameKey(_ left: String, _ right: String) -> String {
        columns.prefix(key).map { "\(left).\($0.name) = \(right).\($0.name)" }.joined(separator: " AND ")
    }

    /// The columns of rows.
    func parameters(_ rows: [[ColumnValue]]) -> [PostgresParameter] {
        zip(columns, rows.first.map { Array($0.indices) } ?? []).map { column, index in
            switch column.type {
            case .int: .ints(rows.map { if case .int(let number) = $0[index] { number } else { nil } })
            case .text: .texts(rows.map { if case .text(let text) = $0[index] { text } else { nil } })
            case .blob: .blobs(rows.map { if case .bytes(let bytes) = $0[index] { bytes } else { nil } })
            }
        }
    }
}
