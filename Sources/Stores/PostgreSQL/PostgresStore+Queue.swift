import Engine
import JSON
import Wire

extension PostgresStore {
    package func queueItems(_ keys: [QueueItem.Key]) throws -> [QueueItem] {
        try connection().rows(Self.queueItemsByKey, .keys(keys)) { Columns.queueItem($0) }
    }

    /// Claims what is due: both the items and their runs are locked, and what another node has locked is passed over.
    package func dueItems(_ kind: QueueItem.Kind, at now: Timestamp, limit: Int) throws -> [QueueItem] {
        let parameters: [PostgresParameter] = [.value(.int(now.milliseconds)), .int(limit)]
        let selection = "\(Self.condition(kind)) AND rank <= $1 ORDER BY rank, scope, item LIMIT $2"
        // Some timers are about no run.
        guard kind != .timer else { return try claim(selection, parameters, order: "rank, scope, item") }
        // The run first: of an item whose run another node has, nothing stays locked.
        return try connection().rows(
            """
            SELECT \(Self.qualified) FROM queue q JOIN runs r ON r.id = q.scope WHERE \(selection)
            FOR UPDATE OF r SKIP LOCKED FOR UPDATE OF q SKIP LOCKED
            """, parameters
        ) { Columns.queueItem($0) }
    }

    private static let qualified = "q." + Columns.queueItem.replacing(", ", with: ", q.")

    /// Locks some items with their runs, as far as no other node has them. The items of runs that another node has
    /// stay locked, too, until the transaction ends: that node may wait for it.
    func claim(_ selection: String, _ parameters: [PostgresParameter], order: String) throws -> [QueueItem] {
        try connection().rows(
            """
            WITH wanted AS MATERIALIZED (
                SELECT \(Columns.queueItem) FROM queue WHERE \(selection) FOR UPDATE SKIP LOCKED
            ), free AS MATERIALIZED (
                SELECT id FROM runs WHERE id IN (SELECT scope FROM wanted) FOR UPDATE SKIP LOCKED
            )
            SELECT \(Columns.queueItem) FROM wanted
            WHERE scope IN (SELECT id FROM free) OR NOT EXISTS (SELECT 1 FROM runs WHERE id = scope)
            ORDER BY \(order)
            """, parameters
        ) { Columns.queueItem($0) }
    }

    package func earliestDue(_ kind: QueueItem.Kind) throws -> Timestamp? {
        try connection().rows(Self.earliestDue(kind)) { Columns.time($0, 0) }.first
    }

    static func earliestDue(_ kind: QueueItem.Kind) -> String {
        // Not MIN: planned while the queue was short, it would read all of a long one.
        "SELECT rank FROM queue WHERE \(condition(kind)) ORDER BY rank LIMIT 1"
    }

    /// How many are taken back in one transaction.
    private static let lostItemsAtOnce = 500

    package func lostItems(held: Set<ULID>, ofOthers: Bool) throws -> [QueueItem] {
        let orOfTheGone =
            ofOthers ? "OR leased_by <> $1 AND leased_by NOT IN (SELECT id FROM nodes WHERE alive_until > now())" : ""
        return try claim(
            """
            lease IS NOT NULL AND (leased_by = $1 AND NOT lease = ANY ($2::text[]) \(orOfTheGone))
            ORDER BY lease LIMIT \(Self.lostItemsAtOnce)
            """, [.text(node.description), .ids(held)], order: "lease")
    }

    package func queueItems(of run: ULID) throws -> [QueueItem] {
        try connection().rows(
            "SELECT \(Columns.queueItem) FROM queue WHERE scope = $1 ORDER BY item", [.text(run.description)]
        ) { Columns.queueItem($0) }
    }

    package func leasedItems(of function: NameUUID) throws -> [QueueItem] {
        try connection().rows(
            "SELECT \(Columns.queueItem) FROM queue WHERE lease IS NOT NULL AND function_id = $1 ORDER BY lease",
            [.text(function.description)]
        ) { Columns.queueItem($0) }
    }

    package func cronItems(of function: NameUUID) throws -> [QueueItem] {
        try connection().rows(
            """
            SELECT \(Columns.queueItem) FROM queue WHERE function_id = $1 AND work = 4 ORDER BY scope, item FOR UPDATE
            """, [.text(function.description)]
        ) { Columns.queueItem($0) }
    }

    /// The conditions of the partial indexes, to the letter, so that PostgreSQL uses them.
    private static func condition(_ kind: QueueItem.Kind) -> String {
        switch kind {
        case .call: "lease IS NULL AND work < 2 AND stage = 0"
        case .timer: "(stage = 1 OR (work >= 2 AND work <> 5))"
        case .fetch: "lease IS NULL AND work = 5 AND stage = 0"
        }
    }
}
