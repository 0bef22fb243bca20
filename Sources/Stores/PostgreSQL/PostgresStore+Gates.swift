import Engine
import Wire

/// Gates, and the lanes that wait for them.
extension PostgresStore {
    package func gates(_ ids: [GateID]) throws -> [Gate] {
        guard !ids.isEmpty else { return [] }
        try lock(names: ids.map { Self.name(of: $0) })
        return try rowsUnderLock(Self.gatesByID, [.texts(ids.map(\.description))]) { Columns.gate($0) }
    }

    static let gatesByID = "SELECT \(Columns.gate) FROM gates WHERE id = ANY ($1::text[])"
    static let lanesByID = "SELECT \(Columns.lane) FROM lanes WHERE id = ANY ($1::text[])"

    /// Locks nothing by itself: who changes a lane has locked the gates that its calls need.
    package func lanes(_ ids: [LaneID]) throws -> [Lane] {
        try connection().rows(Self.lanesByID, [.texts(ids.map(\.description))]) { Columns.lane($0) }
    }

    package func firstLanes(waitingOn: [String], limit: Int) throws -> [Lane] {
        // From one function to the next in the index. The limit is in the text, so that it is planned for.
        try connection().rows(
            """
            SELECT \(Columns.lane) FROM unnest($1::text[]) AS w (place), LATERAL (
                WITH RECURSIVE found AS (
                    (SELECT function_id FROM lanes WHERE waits_on = w.place ORDER BY function_id LIMIT 1)
                    UNION ALL
                    SELECT next.function_id FROM found, LATERAL (
                        SELECT function_id FROM lanes l WHERE l.waits_on = w.place AND l.function_id > found.function_id
                        ORDER BY l.function_id LIMIT 1
                    ) AS next
                )
                SELECT first.* FROM found, LATERAL (
                    SELECT * FROM lanes l WHERE l.waits_on = w.place AND l.function_id = found.function_id
                    ORDER BY l.turn, l.head, l.id LIMIT \(limit)
                ) AS first
            ) AS lanes
            """, [.texts(waitingOn)]
        ) { Columns.lane($0) }
    }

    package func staleLane(of function: NameUUID, version: Int) throws -> Lane? {
        for comparison in ["<", ">"] {
            let found = try connection().rows(
                """
                SELECT \(Columns.lane) FROM lanes WHERE function_id = $1 AND version \(comparison) $2
                ORDER BY version, head, id LIMIT 1
                """, [.text(function.description), .int(version)]
            ) { Columns.lane($0) }
            if let lane = found.first { return lane }
        }
        return nil
    }

    package func parkedItems(in lanes: [LaneID], limit: Int) throws -> [QueueItem] {
        try connection().rows(
            """
            SELECT \(Columns.queueItem) FROM unnest($1::text[]) AS l (id), LATERAL (
                SELECT * FROM queue WHERE lane = l.id ORDER BY rank, scope, item LIMIT \(limit)
            ) AS parked
            """, [.texts(lanes.map(\.description))]
        ) { Columns.queueItem($0) }
    }

    func writeGates(_ changes: Changes) throws {
        try send(
            StoreTable.gates.delete, .gates, changes.removedGates.map { [.text($0.description)] })
        try send(StoreTable.gates.replace, .gates, changes.gates.map { Columns.values($0) })
        try send(
            StoreTable.lanes.delete, .lanes, changes.removedLanes.map { [.text($0.description)] })
        try send(StoreTable.lanes.replace, .lanes, changes.lanes.map { Columns.values($0) })
    }
}
