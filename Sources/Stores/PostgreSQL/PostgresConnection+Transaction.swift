import CLibPQ
import Wire

extension PostgresConnection {
    /// - Throws: ``PostgresError``, ``PostgresUnfit``.
    package convenience init(_ address: PostgresAddress) throws {
        try self.init(address.conninfo, mode: address.mode, patience: address.patience)
    }

    /// Settings of the connections that write. Every statement of theirs looks rows up by key, so the planner is told
    /// to use indexes: a table that has grown since it was analysed would be read as a whole otherwise.
    private var settings: [String: String] {
        [
            "enable_seqscan": "off", "enable_hashjoin": "off", "enable_mergejoin": "off", "enable_material": "off",
            "jit": "off", "plan_cache_mode": "force_generic_plan", "idle_in_transaction_session_timeout": "15s",
            "statement_timeout": "\(patience.statement.milliseconds)ms",
            "lock_timeout": "\(patience.lock.milliseconds)ms",
        ]
    }

    private func set(isLocal: Bool) -> String {
        let calls = settings.sorted { $0.key < $1.key }.map { "set_config('\($0.key)', '\($0.value)', \(isLocal))" }
        // Acknowledged means on disk, and on that of a synchronous standby; what is stricter stays as it is set.
        let commit = """
            set_config('synchronous_commit', CASE current_setting('synchronous_commit') \
            WHEN 'remote_apply' THEN 'remote_apply' ELSE 'on' END, \(isLocal))
            """
        return "SELECT " + (calls + [commit]).joined(separator: ", ")
    }

    /// Sets the connection up for the engine, and makes sure that what the server acknowledges is on its disk.
    ///
    /// - Throws: ``PostgresUnfit``.
    func prepareForEngine() throws {
        if mode == .session { try send(set(isLocal: false)) }
        let found = try rows(
            """
            SELECT current_setting('synchronous_commit'), current_setting('fsync'), current_setting('server_encoding')
            """
        ) { (commit: $0.text(0), sync: $0.text(1), encoding: $0.text(2)) }.first
        guard mode == .transaction || ["on", "remote_apply"].contains(found?.commit) else {
            throw PostgresUnfit(description: "synchronous_commit can't be set: what is acknowledged would not be safe")
        }
        guard found?.sync == "on" else {
            throw PostgresUnfit(
                description: "PostgreSQL runs with fsync=off and loses data in a crash: set fsync=on in postgresql.conf"
            )
        }
        guard found?.encoding == "UTF8" else {
            throw PostgresUnfit(
                description:
                    "the database is encoded in \(found?.encoding ?? "?"), which has not all letters: make one "
                    + "with ENCODING 'UTF8' (and TEMPLATE template0)")
        }
    }

    func begin() throws {
        try send("BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE")
        // With a pooler the next transaction may be on another server process.
        if mode == .transaction { try send(set(isLocal: true)) }
    }

    /// Commits, and returns when the server has acknowledged it.
    func commit() throws {
        // What is sent with it would be committed before anybody has looked at it.
        if hasDecisive { try drain() }
        try send("COMMIT") { result in
            // A transaction that had failed before is rolled back instead, without an error.
            guard String(cString: PQcmdStatus(result)) == "COMMIT" else {
                throw PostgresError(code: "25P02", message: "the transaction was rolled back", sql: "COMMIT")
            }
        }
        try drain()
    }

    /// Breaks the transaction off; a connection on which that fails is lost.
    func rollBack() {
        guard !isLost else { return }
        // What was sent and not looked at may fail; it is rolled back with the rest.
        try? drain()
        try? send("ROLLBACK")
        try? drain()
    }
}
