import Engine
import Stores
import Wire

/// Where a world's state is. It outlives the orchestrators that work on it.
package enum Place: Sendable {
    /// A SQLite file that is not there yet.
    case file(String)
    /// A schema of a PostgreSQL server. What it holds goes when a world begins.
    case database(PostgresAddress)

    /// Who is in the way of another one here does not go away before that other one has given up.
    package static let patience: PostgresPatience = {
        var patience = PostgresPatience()
        patience.lock = .milliseconds(20)
        return patience
    }()

    func open(as node: ULID) throws -> any FallibleStore {
        switch self {
        case .file(let path): try SQLiteStore(path: path, durability: .none)
        case .database(let address):
            try PostgresStore(address, node: node)
        }
    }

    /// Waits until what a process that is gone had begun is broken off: a server needs a moment to see that.
    func settle() throws {
        guard case .database(let address) = self else { return }
        try PostgresConnection(address).execute("SELECT pg_advisory_xact_lock(\(PostgresStore.database))")
    }

    /// Has a process count as alive, or as dead.
    func note(_ node: ULID, isAlive: Bool) throws {
        guard case .database(let address) = self else { return }
        let until = isAlive ? "+ interval '1 hour'" : "- interval '1 second'"
        try PostgresConnection(address).execute(
            """
            INSERT INTO nodes (id, name, version, schema_version, alive_until, is_draining, open_calls, room)
            VALUES ('\(node)', 'n', '1', 1, now() \(until), 0, 0, 0)
            ON CONFLICT (id) DO UPDATE SET alive_until = EXCLUDED.alive_until
            """)
    }

    /// Takes away what another world has left.
    func clear() throws {
        guard case .database(let address) = self else { return }
        try PostgresConnection(address).execute(
            """
            DO $$
            DECLARE names TEXT := (
                SELECT string_agg(quote_ident(tablename), ', ') FROM pg_tables
                WHERE schemaname = current_schema() AND tablename NOT IN ('schema_version', 'catalog'));
            BEGIN
                IF names IS NOT NULL THEN EXECUTE 'TRUNCATE ' || names; END IF;
            END $$
            """)
    }
}

/// A store that can be made to fail.
protocol FallibleStore: Store {
    var beforeCommit: (() throws -> Void)? { get set }
    /// Reads between transactions.
    var queries: Queries { get throws }
    /// Ends the process's hold on it, whatever goes on.
    func abandon()
}

extension SQLiteStore: FallibleStore {
    var queries: Queries { Queries(self) }

    /// A file is left as it is at the last commit.
    func abandon() {}
}

extension PostgresStore: FallibleStore {
    var queries: Queries { get throws { try Queries(self) } }

    func abandon() { loseConnection() }
}
