import Engine

/// The schema, as numbered migrations that run when a file is opened. A released migration never changes.
enum SQLiteSchema {
    /// Brings a database to the newest schema.
    /// - Throws: ``SchemaTooNew`` where a newer binary has written it.
    static func migrate(_ connection: SQLiteConnection) throws {
        let version = try connection.pragma("user_version")
        guard version <= migrations.count else { throw SchemaTooNew(found: version, known: migrations.count) }
        for (index, migration) in migrations.enumerated().dropFirst(version) {
            try connection.transaction {
                try connection.execute(migration)
                try connection.execute("PRAGMA user_version = \(index + 1)")
            }
        }
    }

    /// Times are Unix milliseconds, ids are text, payloads are canonical JSON in blobs.
    private static let migrations = [
        """
        CREATE TABLE apps (
            id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, url TEXT NOT NULL, sdk TEXT NOT NULL, framework TEXT,
            version TEXT, checksum TEXT NOT NULL, synced_at INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE functions (
            id TEXT PRIMARY KEY, app_id TEXT NOT NULL, config BLOB NOT NULL, version INTEGER NOT NULL,
            archived_at INTEGER, paused_at INTEGER, cancels_at INTEGER
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE events (
            id TEXT NOT NULL UNIQUE, name TEXT NOT NULL, ts INTEGER NOT NULL, received_at INTEGER NOT NULL,
            sender_id TEXT, body BLOB NOT NULL, decisions BLOB
        ) STRICT;
        CREATE INDEX events_by_name ON events (name, received_at, id);

        CREATE INDEX events_received ON events (received_at, id);

        CREATE TABLE runs (
            id TEXT NOT NULL UNIQUE, function_id TEXT NOT NULL, event_id TEXT, more_events TEXT,
            created_at INTEGER NOT NULL, scheduled_for INTEGER NOT NULL, cron TEXT, invoked_by_run TEXT,
            invoked_by_step TEXT, rerun_of TEXT, status INTEGER NOT NULL, started_at INTEGER, ended_at INTEGER,
            output BLOB, request_version INTEGER NOT NULL, force_plan INTEGER NOT NULL, pending INTEGER NOT NULL,
            step_count INTEGER NOT NULL, state_size INTEGER NOT NULL, history_count INTEGER NOT NULL,
            racing INTEGER NOT NULL, defer_count INTEGER NOT NULL, metadata_size INTEGER NOT NULL, flow BLOB,
            slot TEXT, batch_id TEXT, singleton TEXT
        ) STRICT;
        CREATE INDEX runs_by_event ON runs (event_id);
        CREATE INDEX runs_ended ON runs (ended_at) WHERE ended_at IS NOT NULL;
        CREATE INDEX runs_by_batch ON runs (batch_id) WHERE batch_id IS NOT NULL;
        CREATE INDEX runs_by_status ON runs (status, id);
        CREATE INDEX runs_by_function ON runs (function_id, status, id);
        CREATE INDEX runs_by_original ON runs (rerun_of, id) WHERE rerun_of IS NOT NULL;
        CREATE INDEX runs_by_slot ON runs (slot) WHERE slot IS NOT NULL;

        CREATE TABLE failures (
            run_id TEXT PRIMARY KEY, function_id TEXT NOT NULL, ended_at INTEGER NOT NULL, step TEXT,
            name TEXT NOT NULL, message TEXT NOT NULL, error_group TEXT NOT NULL, repeated_by TEXT
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX failures_by_time ON failures (ended_at, error_group, function_id, repeated_by);
        CREATE INDEX failures_by_group ON failures (error_group, run_id, repeated_by);

        CREATE TABLE run_events (
            event_id TEXT NOT NULL, run_id TEXT NOT NULL, PRIMARY KEY (event_id, run_id)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE steps (
            run_id TEXT NOT NULL, id TEXT NOT NULL, position INTEGER NOT NULL, label TEXT NOT NULL,
            value BLOB NOT NULL, PRIMARY KEY (run_id, id)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE queue (
            scope TEXT NOT NULL, item TEXT NOT NULL, work INTEGER NOT NULL, function_id TEXT NOT NULL,
            label TEXT NOT NULL, queued_at INTEGER NOT NULL, due_at INTEGER NOT NULL, attempt INTEGER NOT NULL,
            lease TEXT, leased_at INTEGER, race INTEGER NOT NULL, again INTEGER NOT NULL, rank INTEGER NOT NULL,
            stage INTEGER NOT NULL, lane TEXT, slots TEXT, flow INTEGER NOT NULL, PRIMARY KEY (scope, item)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX queue_calls_due ON queue (rank) WHERE lease IS NULL AND work < 2 AND stage = 0;
        CREATE INDEX queue_timers_due ON queue (rank) WHERE (stage = 1 OR (work >= 2 AND work <> 5));
        CREATE INDEX queue_fetches_due ON queue (rank) WHERE lease IS NULL AND work = 5 AND stage = 0;
        CREATE INDEX queue_parked ON queue (lane, rank, scope, item) WHERE lane IS NOT NULL;
        CREATE INDEX queue_leased ON queue (lease) WHERE lease IS NOT NULL;
        CREATE INDEX queue_crons ON queue (function_id) WHERE work = 4;

        CREATE TABLE gates (
            id TEXT PRIMARY KEY, name TEXT NOT NULL, held INTEGER NOT NULL, used_until INTEGER,
            awaited INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE lanes (
            id TEXT PRIMARY KEY, function_id TEXT NOT NULL, version INTEGER NOT NULL, is_start INTEGER NOT NULL,
            gates TEXT NOT NULL, waits_on TEXT NOT NULL, head INTEGER NOT NULL, turn INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX lanes_waiting ON lanes (waits_on, function_id, turn, head, id);
        CREATE INDEX lanes_by_version ON lanes (function_id, version, head, id);

        CREATE TABLE waits (
            run_id TEXT NOT NULL, step_id TEXT NOT NULL, label TEXT NOT NULL, registered_at INTEGER NOT NULL,
            expires_at INTEGER NOT NULL, event_name TEXT, expression TEXT, child_run TEXT, child_function TEXT,
            signal TEXT, is_replaced INTEGER NOT NULL, cancels INTEGER NOT NULL,
            PRIMARY KEY (run_id, step_id)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX waits_by_signal ON waits (signal) WHERE signal IS NOT NULL AND is_replaced = 0;

        CREATE TABLE wait_keys (
            event_name TEXT NOT NULL, path TEXT NOT NULL, value TEXT NOT NULL, run_id TEXT NOT NULL,
            step_id TEXT NOT NULL, PRIMARY KEY (event_name, path, value, run_id, step_id)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX wait_keys_by_wait ON wait_keys (run_id, step_id);

        CREATE TABLE step_requests (
            run_id TEXT NOT NULL, step_id TEXT NOT NULL, purpose TEXT NOT NULL, options BLOB NOT NULL,
            PRIMARY KEY (run_id, step_id)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE step_inputs (
            run_id TEXT NOT NULL, step_id TEXT NOT NULL, input BLOB NOT NULL, PRIMARY KEY (run_id, step_id)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE defers (
            run_id TEXT NOT NULL, id TEXT NOT NULL, number INTEGER NOT NULL, label TEXT NOT NULL,
            function TEXT NOT NULL, input BLOB NOT NULL, status INTEGER NOT NULL, PRIMARY KEY (run_id, id)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE history (
            run_id TEXT NOT NULL, number INTEGER NOT NULL, at INTEGER NOT NULL, kind TEXT NOT NULL, step_id TEXT,
            attempt INTEGER, detail BLOB NOT NULL, PRIMARY KEY (run_id, number)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE idempotency (
            function_id TEXT NOT NULL, value TEXT NOT NULL, expires_at INTEGER NOT NULL,
            PRIMARY KEY (function_id, value)
        ) STRICT, WITHOUT ROWID;

        CREATE INDEX idempotency_by_expiry ON idempotency (expires_at);

        CREATE TABLE rule_states (
            function_id TEXT NOT NULL, rule TEXT NOT NULL, key TEXT NOT NULL, state BLOB NOT NULL, expires_at INTEGER,
            PRIMARY KEY (function_id, rule, key)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX rule_states_by_expiry ON rule_states (expires_at) WHERE expires_at IS NOT NULL;

        CREATE TABLE jobs (
            id TEXT PRIMARY KEY, kind TEXT NOT NULL, spec BLOB NOT NULL, state BLOB NOT NULL, status TEXT NOT NULL,
            created_at INTEGER NOT NULL, ended_at INTEGER
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE job_runs (
            job_id TEXT NOT NULL, run_id TEXT NOT NULL, new_run_id TEXT, error TEXT, PRIMARY KEY (job_id, run_id)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
        """
    ]
}

/// A database was written by a newer version of the orchestrator.
package struct SchemaTooNew: Error {
    package let found: Int
    package let known: Int

    package var description: String {
        "the database has schema \(found), this orchestrator knows up to \(known): start the newer version again, "
            + "or restore a backup from before the upgrade"
    }
}
