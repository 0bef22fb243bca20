/// Rows of a table, written as sets: each column travels as one array.
struct PostgresTable {
    enum ColumnType: String {
        case int = "bigint"
        case text = "text"
        case blob = "bytea"
    }

    let name: String
    /// In the order in which values are given. The key comes first where rows are changed or removed by it.
    let columns: [(name: String, type: ColumnType)]
    /// How many of the columns are the key.
    let key: Int

    init(_ name: String, key: Int, _ columns: KeyValuePairs<String, ColumnType>) {
        self.name = name
        self.key = key
        self.columns = columns.map { ($0.key, $0.value) }
    }

    private var names: String { columns.map(\.name).joined(separator: ", ") }
    private var keyNames: String { columns.prefix(key).map(\.name).joined(separator: ", ") }

    /// `unnest($1::text[], $2::bigint[] …)`
    private func arrays(_ columns: some Sequence<(name: String, type: ColumnType)>) -> String {
        let places = columns.enumerated().map { "$\($0 + 1)::\($1.type.rawValue)[]" }
        return "unnest(\(places.joined(separator: ", ")))"
    }

    var insert: String { "INSERT INTO \(name) (\(names)) SELECT * FROM \(arrays(columns))" }

    /// Inserts rows, or changes those that are there.
    var replace: String {
        let changes = columns.dropFirst(key).map { "\($0.name) = EXCLUDED.\($0.name)" }.joined(separator: ", ")
        return insert + " ON CONFLICT (\(keyNames)) DO UPDATE SET \(changes)"
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

extension PostgresTable {
    static let apps = PostgresTable(
        "apps", key: 1,
        [
            "id": .text, "name": .text, "url": .text, "sdk": .text, "framework": .text, "version": .text,
            "checksum": .text, "synced_at": .int,
        ])
    static let functions = PostgresTable(
        "functions", key: 1,
        ["id": .text, "app_id": .text, "config": .blob, "version": .int, "archived_at": .int])
    static let events = PostgresTable(
        "events", key: 1,
        ["id": .text, "name": .text, "ts": .int, "received_at": .int, "sender_id": .text, "body": .blob])
    static let runs = PostgresTable(
        "runs", key: 1,
        [
            "id": .text, "function_id": .text, "event_id": .text, "more_events": .text, "created_at": .int,
            "scheduled_for": .int, "cron": .text, "invoked_by_run": .text, "invoked_by_step": .text, "rerun_of": .text,
            "status": .int, "started_at": .int, "ended_at": .int, "output": .blob, "request_version": .int,
            "force_plan": .int, "pending": .int, "step_count": .int, "state_size": .int, "history_count": .int,
            "racing": .int,
        ])
    /// The columns of a run that change.
    static let runStates = PostgresTable(
        "runs", key: 1,
        [
            "id": .text, "status": .int, "started_at": .int, "ended_at": .int, "output": .blob,
            "request_version": .int, "force_plan": .int, "pending": .int, "step_count": .int, "state_size": .int,
            "history_count": .int, "racing": .int,
        ])
    static let steps = PostgresTable(
        "steps", key: 2, ["run_id": .text, "id": .text, "position": .int, "label": .text, "value": .blob])
    static let queue = PostgresTable(
        "queue", key: 2,
        [
            "scope": .text, "item": .text, "work": .int, "function_id": .text, "label": .text, "queued_at": .int,
            "due_at": .int, "attempt": .int, "lease": .text, "leased_at": .int, "race": .int, "again": .int,
            "leased_by": .text,
        ])
    static let waits = PostgresTable(
        "waits", key: 2,
        [
            "run_id": .text, "step_id": .text, "label": .text, "registered_at": .int, "expires_at": .int,
            "event_name": .text, "expression": .text, "child_run": .text, "child_function": .text,
        ])
    static let waitKeys = PostgresTable(
        "wait_keys", key: 5,
        ["event_name": .text, "path": .text, "value": .text, "run_id": .text, "step_id": .text])
    static let history = PostgresTable(
        "history", key: 2,
        [
            "run_id": .text, "number": .int, "at": .int, "kind": .text, "step_id": .text, "attempt": .int,
            "detail": .blob,
        ])
}
