import JSON
import PostgresRig
import Wire

/// A node that was killed, and when.
struct Kill {
    let node: Int
    let at: Timestamp
}

/// Which node leased which call, written down by the database itself: neither nodes nor app say so.
struct LeaseBook {
    private let nodes: [ULID: Int]
    /// One node on a file holds all leases.
    private let isAlone: Bool

    func holder(of lease: ULID) -> Int? { isAlone ? 0 : nodes[lease] }

    /// The name by which the database knows a node.
    static func name(of node: Int) -> String { "node-\(node)" }

    /// Has a server write leases down from now on.
    static func begin(on server: PostgresServer?) throws {
        try server?.sql(
            """
            CREATE TABLE leases_seen (lease TEXT PRIMARY KEY, node TEXT);
            CREATE FUNCTION see_lease() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                INSERT INTO leases_seen SELECT NEW.lease, name FROM nodes WHERE id = NEW.leased_by
                ON CONFLICT DO NOTHING;
                RETURN NULL;
            END $$;
            CREATE TRIGGER see_lease AFTER INSERT OR UPDATE ON queue FOR EACH ROW WHEN (NEW.lease IS NOT NULL)
            EXECUTE FUNCTION see_lease();
            """)
    }

    /// What was written down.
    init(from server: PostgresServer?) throws {
        isAlone = server == nil
        let lines = try server?.sql("SELECT lease || ' ' || node FROM leases_seen").split(separator: "\n") ?? []
        nodes = Dictionary(
            lines.compactMap { line in
                let parts = line.split(separator: " ")
                guard parts.count == 2, let lease = ULID(String(parts[0])), let node = Int(parts[1].dropFirst(5))
                else { return nil }
                return (lease, node)
            }, uniquingKeysWith: { first, _ in first })
    }
}
