/// The schema, as numbered migrations. A released migration never changes.
///
/// Two neighbouring versions of the orchestrator may run side by side during an upgrade: a migration says from which
/// version on a binary can work with what it leaves behind. One that only adds (expand) leaves that number as it is;
/// one that takes away (contract) raises it, and comes a release later.
package struct PostgresSchema {
    struct Migration {
        let sql: String
        /// The lowest schema number that a binary has to know to run on the result.
        let minimum: Int
    }

    let migrations: [Migration]

    package static let current = PostgresSchema(migrations: [Migration(sql: first, minimum: 1)])

    /// Brings a database to the newest schema. Many may try at once: one does it, the others wait. Takes as long as it
    /// takes, an index over a large table, too; no transaction is under way meanwhile.
    ///
    /// - Throws: ``SchemaTooNew`` where a newer binary has written it and this one can't work with it;
    ///   ``SchemaInUse`` where a node that is still running could not work with the result.
    func migrate(_ connection: PostgresConnection) throws {
        try connection.execute(
            """
            BEGIN; SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = 0;
            SET LOCAL client_min_messages = warning
            """)
        do {
            // The number is arbitrary; it is the same for every orchestrator.
            let turn = "SELECT pg_advisory_xact_lock(hashtextextended(current_schema(), 7201))"
            try connection.execute(turn, takesItsTime: true)
            try connection.execute(
                "CREATE TABLE IF NOT EXISTS schema_version (version BIGINT NOT NULL, minimum BIGINT NOT NULL)")
            let found = try Self.version(connection)
            try check(found)
            for (index, migration) in migrations.enumerated().dropFirst(found.number) {
                try connection.execute("SELECT pg_advisory_xact_lock(\(PostgresStore.database))", takesItsTime: true)
                if index > 0 { try refuseOldNodes(connection, minimum: migration.minimum) }
                try connection.execute(migration.sql, takesItsTime: true)
                try connection.execute(
                    """
                    DELETE FROM schema_version;
                    INSERT INTO schema_version (version, minimum) VALUES (\(index + 1), \(migration.minimum))
                    """)
            }
            try connection.execute("COMMIT")
        } catch {
            try? connection.execute("ROLLBACK")
            throw error
        }
    }

    /// Makes sure that a database has the very schema that this binary writes, without changing it.
    ///
    /// - Throws: ``SchemaTooNew``, ``PostgresUnfit``.
    func verify(_ connection: PostgresConnection) throws {
        let exists = try connection.rows("SELECT to_regclass('schema_version') IS NOT NULL") { $0.int64(0) == 1 }
        guard exists == [true] else { throw PostgresUnfit(description: "the database holds no state") }
        let found = try Self.version(connection)
        try check(found)
        guard found.number == migrations.count else {
            throw PostgresUnfit(
                description: "the database has schema \(found.number), this version is for \(migrations.count): "
                    + "use the version that runs on it, or start this one on it first")
        }
    }

    /// - Throws: ``SchemaTooNew`` where a binary that knows this schema can't work with what a newer one has left.
    func check(_ found: (number: Int, minimum: Int)) throws {
        guard found.minimum <= migrations.count else {
            throw SchemaTooNew(found: found.number, known: migrations.count)
        }
    }

    /// - Throws: ``SchemaTooNew``.
    func check(on connection: PostgresConnection) throws { try check(Self.version(connection)) }

    private static func version(_ connection: PostgresConnection) throws -> (number: Int, minimum: Int) {
        try connection.rows("SELECT version, minimum FROM schema_version") { ($0.int(0), $0.int(1)) }.first ?? (0, 0)
    }

    private func refuseOldNodes(_ connection: PostgresConnection, minimum: Int) throws {
        let old = try connection.rows(
            "SELECT name FROM nodes WHERE schema_version < $1 AND alive_until > now() ORDER BY name", [.int(minimum)]
        ) { $0.text(0) }
        guard old.isEmpty else { throw SchemaInUse(nodes: old) }
    }

    /// Times are Unix milliseconds by the orchestrators' clocks, but for the nodes' own; ids are text that sorts by
    /// its bytes; payloads are canonical JSON. Every table that grows leads with the id of a run or an event.
    private static let first = """
        CREATE TABLE catalog (version BIGINT NOT NULL);
        INSERT INTO catalog VALUES (1);

        CREATE TABLE apps (
            id TEXT COLLATE "C" PRIMARY KEY, name TEXT COLLATE "C" NOT NULL UNIQUE, url TEXT NOT NULL,
            sdk TEXT NOT NULL, framework TEXT, version TEXT, checksum TEXT NOT NULL, synced_at BIGINT NOT NULL
        );

        CREATE TABLE functions (
            id TEXT COLLATE "C" PRIMARY KEY, app_id TEXT COLLATE "C" NOT NULL, config BYTEA NOT NULL,
            version BIGINT NOT NULL, archived_at BIGINT, paused_at BIGINT, cancels_at BIGINT
        );

        CREATE TABLE events (
            id TEXT COLLATE "C" PRIMARY KEY, name TEXT COLLATE "C" NOT NULL, ts BIGINT NOT NULL,
            received_at BIGINT NOT NULL, sender_id TEXT, body BYTEA NOT NULL, decisions BYTEA
        );
        CREATE INDEX events_received ON events (received_at, id);
        CREATE INDEX events_by_name ON events (name, received_at, id);

        CREATE TABLE runs (
            id TEXT COLLATE "C" PRIMARY KEY, function_id TEXT COLLATE "C" NOT NULL, event_id TEXT COLLATE "C",
            more_events TEXT, created_at BIGINT NOT NULL, scheduled_for BIGINT NOT NULL, cron TEXT,
            invoked_by_run TEXT COLLATE "C", invoked_by_step TEXT, rerun_of TEXT COLLATE "C", status BIGINT NOT NULL,
            started_at BIGINT, ended_at BIGINT, output BYTEA, request_version BIGINT NOT NULL,
            force_plan BIGINT NOT NULL, pending BIGINT NOT NULL, step_count BIGINT NOT NULL,
            state_size BIGINT NOT NULL, history_count BIGINT NOT NULL, racing BIGINT NOT NULL,
            defer_count BIGINT NOT NULL, metadata_size BIGINT NOT NULL, flow BYTEA,
            slot TEXT COLLATE "C", batch_id TEXT COLLATE "C", singleton TEXT
        ) WITH (fillfactor = 80);
        CREATE INDEX runs_by_event ON runs (event_id);
        CREATE INDEX runs_by_slot ON runs (slot) WHERE slot IS NOT NULL;
        CREATE INDEX runs_ended ON runs (ended_at) WHERE ended_at IS NOT NULL;
        CREATE INDEX runs_by_batch ON runs (batch_id) WHERE batch_id IS NOT NULL;
        CREATE INDEX runs_by_status ON runs (status, id);
        CREATE INDEX runs_by_function ON runs (function_id, status, id);
        CREATE INDEX runs_by_original ON runs (rerun_of, id) WHERE rerun_of IS NOT NULL;

        CREATE TABLE failures (
            run_id TEXT COLLATE "C" PRIMARY KEY, function_id TEXT COLLATE "C" NOT NULL, ended_at BIGINT NOT NULL,
            step TEXT, name TEXT NOT NULL, message TEXT NOT NULL, error_group TEXT COLLATE "C" NOT NULL,
            repeated_by TEXT COLLATE "C"
        );
        CREATE INDEX failures_by_time ON failures (ended_at, error_group, function_id, repeated_by);
        CREATE INDEX failures_by_group ON failures (error_group, run_id, repeated_by);

        CREATE TABLE run_events (
            event_id TEXT COLLATE "C" NOT NULL, run_id TEXT COLLATE "C" NOT NULL, PRIMARY KEY (event_id, run_id)
        );

        CREATE TABLE steps (
            run_id TEXT COLLATE "C" NOT NULL, id TEXT COLLATE "C" NOT NULL, position BIGINT NOT NULL,
            label TEXT NOT NULL, value BYTEA NOT NULL, PRIMARY KEY (run_id, id)
        );

        CREATE TABLE queue (
            scope TEXT COLLATE "C" NOT NULL, item TEXT COLLATE "C" NOT NULL, work BIGINT NOT NULL,
            function_id TEXT COLLATE "C" NOT NULL, label TEXT NOT NULL, queued_at BIGINT NOT NULL,
            due_at BIGINT NOT NULL, attempt BIGINT NOT NULL, lease TEXT COLLATE "C", leased_at BIGINT,
            race BIGINT NOT NULL, again BIGINT NOT NULL, rank BIGINT NOT NULL, stage BIGINT NOT NULL,
            lane TEXT COLLATE "C", slots TEXT, flow BIGINT NOT NULL, leased_by TEXT COLLATE "C",
            PRIMARY KEY (scope, item)
        ) WITH (\(busy));
        CREATE INDEX queue_calls_due ON queue (rank, scope, item) WHERE lease IS NULL AND work < 2 AND stage = 0;
        CREATE INDEX queue_timers_due ON queue (rank, scope, item) WHERE (stage = 1 OR (work >= 2 AND work <> 5));
        CREATE INDEX queue_fetches_due ON queue (rank, scope, item) WHERE lease IS NULL AND work = 5 AND stage = 0;
        CREATE INDEX queue_parked ON queue (lane, rank, scope, item) WHERE lane IS NOT NULL;
        CREATE INDEX queue_leased ON queue (leased_by) WHERE lease IS NOT NULL;
        CREATE INDEX queue_crons ON queue (function_id) WHERE work = 4;

        CREATE TABLE waits (
            run_id TEXT COLLATE "C" NOT NULL, step_id TEXT COLLATE "C" NOT NULL, label TEXT NOT NULL,
            registered_at BIGINT NOT NULL, expires_at BIGINT NOT NULL, event_name TEXT COLLATE "C", expression TEXT,
            child_run TEXT COLLATE "C", child_function TEXT, signal TEXT COLLATE "C",
            is_replaced BIGINT NOT NULL, cancels BIGINT NOT NULL, PRIMARY KEY (run_id, step_id)
        ) WITH (\(busy));
        CREATE UNIQUE INDEX waits_by_signal ON waits (signal) WHERE signal IS NOT NULL AND is_replaced = 0;

        CREATE TABLE wait_keys (
            event_name TEXT COLLATE "C" NOT NULL, path TEXT COLLATE "C" NOT NULL, value TEXT COLLATE "C" NOT NULL,
            run_id TEXT COLLATE "C" NOT NULL, step_id TEXT COLLATE "C" NOT NULL,
            PRIMARY KEY (event_name, path, value, run_id, step_id)
        ) WITH (\(busy));
        CREATE INDEX wait_keys_by_wait ON wait_keys (run_id, step_id);

        CREATE TABLE step_requests (
            run_id TEXT COLLATE "C" NOT NULL, step_id TEXT COLLATE "C" NOT NULL, purpose TEXT NOT NULL,
            options BYTEA NOT NULL, PRIMARY KEY (run_id, step_id)
        );

        CREATE TABLE step_inputs (
            run_id TEXT COLLATE "C" NOT NULL, step_id TEXT COLLATE "C" NOT NULL, input BYTEA NOT NULL,
            PRIMARY KEY (run_id, step_id)
        );

        CREATE TABLE defers (
            run_id TEXT COLLATE "C" NOT NULL, id TEXT COLLATE "C" NOT NULL, number BIGINT NOT NULL,
            label TEXT NOT NULL, function TEXT NOT NULL, input BYTEA NOT NULL, status BIGINT NOT NULL,
            PRIMARY KEY (run_id, id)
        );

        CREATE TABLE history (
            run_id TEXT COLLATE "C" NOT NULL, number BIGINT NOT NULL, at BIGINT NOT NULL, kind TEXT NOT NULL,
            step_id TEXT COLLATE "C", attempt BIGINT, detail BYTEA NOT NULL, PRIMARY KEY (run_id, number)
        );

        CREATE TABLE idempotency (
            function_id TEXT COLLATE "C" NOT NULL, value TEXT COLLATE "C" NOT NULL, expires_at BIGINT NOT NULL,
            PRIMARY KEY (function_id, value)
        );

        CREATE INDEX idempotency_by_expiry ON idempotency (expires_at);

        CREATE TABLE gates (
            id TEXT COLLATE "C" PRIMARY KEY, name TEXT NOT NULL, held BIGINT NOT NULL, used_until BIGINT,
            awaited BIGINT NOT NULL
        ) WITH (\(busy));

        CREATE TABLE lanes (
            id TEXT COLLATE "C" PRIMARY KEY, function_id TEXT COLLATE "C" NOT NULL, version BIGINT NOT NULL,
            is_start BIGINT NOT NULL, gates TEXT NOT NULL, waits_on TEXT COLLATE "C" NOT NULL, head BIGINT NOT NULL,
            turn BIGINT NOT NULL
        ) WITH (\(busy));
        CREATE INDEX lanes_waiting ON lanes (waits_on, function_id, turn, head, id);
        CREATE INDEX lanes_by_version ON lanes (function_id, version, head, id);

        CREATE TABLE rule_states (
            function_id TEXT COLLATE "C" NOT NULL, rule TEXT COLLATE "C" NOT NULL, key TEXT COLLATE "C" NOT NULL,
            state BYTEA NOT NULL, expires_at BIGINT, PRIMARY KEY (function_id, rule, key)
        );
        CREATE INDEX rule_states_by_expiry ON rule_states (expires_at) WHERE expires_at IS NOT NULL;

        CREATE TABLE jobs (
            id TEXT COLLATE "C" PRIMARY KEY, kind TEXT COLLATE "C" NOT NULL, spec BYTEA NOT NULL,
            state BYTEA NOT NULL, status TEXT NOT NULL, created_at BIGINT NOT NULL, ended_at BIGINT
        );

        CREATE TABLE job_runs (
            job_id TEXT COLLATE "C" NOT NULL, run_id TEXT COLLATE "C" NOT NULL, new_run_id TEXT COLLATE "C",
            error TEXT, PRIMARY KEY (job_id, run_id)
        );

        CREATE TABLE settings (name TEXT COLLATE "C" PRIMARY KEY, value TEXT NOT NULL);

        CREATE TABLE nodes (
            id TEXT COLLATE "C" PRIMARY KEY, name TEXT NOT NULL, version TEXT NOT NULL,
            schema_version BIGINT NOT NULL, started_at TIMESTAMPTZ NOT NULL DEFAULT now(),
            alive_until TIMESTAMPTZ NOT NULL, is_draining BIGINT NOT NULL, open_calls BIGINT NOT NULL,
            room BIGINT NOT NULL
        );
        """

    /// Tables in which rows come and go: what is dead is cleaned up early, or searches would have to step over it.
    private static let busy = """
        fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_insert_scale_factor = 0.1, \
        autovacuum_analyze_scale_factor = 0.05, autovacuum_vacuum_cost_delay = 0
        """
}

/// A migration would take away what nodes that are still running need.
package struct SchemaInUse: Error, CustomStringConvertible {
    package let nodes: [String]

    package var description: String {
        "the database can't be migrated while older orchestrators run on it: end \(nodes.joined(separator: ", ")) first"
    }
}
