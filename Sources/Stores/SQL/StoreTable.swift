/// A table as both stores have it: its columns by name.
package struct StoreTable: Sendable {
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

    private init(_ name: String, key: Int, columns: [(name: String, type: ColumnType)]) {
        self.name = name
        self.key = key
        self.columns = columns
    }

    func adding(_ name: String, _ type: ColumnType) -> StoreTable {
        StoreTable(self.name, key: key, columns: columns + [(name, type)])
    }

    /// The table with some of its columns, in this order.
    func keeping(_ names: [String]) -> StoreTable {
        StoreTable(name, key: key, columns: names.compactMap { name in columns.first { $0.name == name } })
    }
}

extension StoreTable {
    static let apps = StoreTable(
        "apps", key: 1,
        [
            "id": .text, "name": .text, "url": .text, "sdk": .text, "framework": .text, "version": .text,
            "checksum": .text, "synced_at": .int,
        ])
    static let functions = StoreTable(
        "functions", key: 1,
        [
            "id": .text, "app_id": .text, "config": .blob, "version": .int, "archived_at": .int, "paused_at": .int,
            "cancels_at": .int,
        ])
    static let events = StoreTable(
        "events", key: 1,
        [
            "id": .text, "name": .text, "ts": .int, "received_at": .int, "sender_id": .text, "body": .blob,
            "decisions": .blob,
        ])
    static let runs = StoreTable(
        "runs", key: 1,
        [
            "id": .text, "function_id": .text, "event_id": .text, "more_events": .text, "created_at": .int,
            "scheduled_for": .int, "cron": .text, "invoked_by_run": .text, "invoked_by_step": .text, "rerun_of": .text,
            "status": .int, "started_at": .int, "ended_at": .int, "output": .blob, "request_version": .int,
            "force_plan": .int, "pending": .int, "step_count": .int, "state_size": .int, "history_count": .int,
            "racing": .int, "defer_count": .int, "metadata_size": .int, "flow": .blob, "slot": .text,
            "batch_id": .text, "singleton": .text,
        ])
    static let runEvents = StoreTable("run_events", key: 2, ["event_id": .text, "run_id": .text])
    /// The columns of a run that change.
    static let runStates = StoreTable(
        "runs", key: 1,
        [
            "id": .text, "status": .int, "started_at": .int, "ended_at": .int, "output": .blob,
            "request_version": .int, "force_plan": .int, "pending": .int, "step_count": .int, "state_size": .int,
            "history_count": .int, "racing": .int, "defer_count": .int, "metadata_size": .int, "flow": .blob,
            "slot": .text,
        ])
    static let steps = StoreTable(
        "steps", key: 2, ["run_id": .text, "id": .text, "position": .int, "label": .text, "value": .blob])
    static let queue = StoreTable(
        "queue", key: 2,
        [
            "scope": .text, "item": .text, "work": .int, "function_id": .text, "label": .text, "queued_at": .int,
            "due_at": .int, "attempt": .int, "lease": .text, "leased_at": .int, "race": .int, "again": .int,
            "rank": .int,
            "stage": .int, "lane": .text, "slots": .text, "flow": .int,
        ])
    static let waits = StoreTable(
        "waits", key: 2,
        [
            "run_id": .text, "step_id": .text, "label": .text, "registered_at": .int, "expires_at": .int,
            "event_name": .text, "expression": .text, "child_run": .text, "child_function": .text,
            "signal": .text, "is_replaced": .int, "cancels": .int,
        ])
    static let waitKeys = StoreTable(
        "wait_keys", key: 5,
        ["event_name": .text, "path": .text, "value": .text, "run_id": .text, "step_id": .text])
    /// Without `repeated_by`, which is set when the run is repeated.
    static let newFailures = StoreTable(
        "failures", key: 1,
        [
            "run_id": .text, "function_id": .text, "ended_at": .int, "step": .text, "name": .text, "message": .text,
            "error_group": .text,
        ])
    static let failures = newFailures.adding("repeated_by", .text)
    static let stepRequests = StoreTable(
        "step_requests", key: 2, ["run_id": .text, "step_id": .text, "purpose": .text, "options": .blob])
    static let stepInputs = StoreTable(
        "step_inputs", key: 2, ["run_id": .text, "step_id": .text, "input": .blob])
    static let defers = StoreTable(
        "defers", key: 2,
        [
            "run_id": .text, "id": .text, "number": .int, "label": .text, "function": .text, "input": .blob,
            "status": .int,
        ])
    static let history = StoreTable(
        "history", key: 2,
        [
            "run_id": .text, "number": .int, "at": .int, "kind": .text, "step_id": .text, "attempt": .int,
            "detail": .blob,
        ])
    static let gates = StoreTable(
        "gates", key: 1, ["id": .text, "name": .text, "held": .int, "used_until": .int, "awaited": .int])
    static let lanes = StoreTable(
        "lanes", key: 1,
        [
            "id": .text, "function_id": .text, "version": .int, "is_start": .int, "gates": .text, "waits_on": .text,
            "head": .int, "turn": .int,
        ])
    static let ruleStates = StoreTable(
        "rule_states", key: 3,
        ["function_id": .text, "rule": .text, "key": .text, "state": .blob, "expires_at": .int])
    static let jobs = StoreTable(
        "jobs", key: 1,
        [
            "id": .text, "kind": .text, "spec": .blob, "state": .blob, "status": .text, "created_at": .int,
            "ended_at": .int,
        ])
    static let jobRuns = StoreTable(
        "job_runs", key: 2, ["job_id": .text, "run_id": .text, "new_run_id": .text, "error": .text])
    static let idempotency = StoreTable(
        "idempotency", key: 2, ["function_id": .text, "value": .text, "expires_at": .int])
    static let settings = StoreTable("settings", key: 1, ["name": .text, "value": .text])

    /// All that a store holds, as it moves to another one.
    package static let moved = [
        apps, functions, events, runs, runEvents, steps, queue, waits, waitKeys, stepRequests, stepInputs, defers,
        history, failures, idempotency, gates, lanes, ruleStates, jobs, jobRuns, settings,
    ]
}
