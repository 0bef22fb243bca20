import Engine
import Wire

/// Gates, and the lanes that wait for them.
extension SQLiteStore {
    package func gates(_ ids: [GateID]) throws -> [Gate] {
        let statement = try connection.statement("SELECT \(Columns.gate) FROM gates WHERE id = ?")
        return try ids.flatMap { try statement.map(.text($0.description)) { Columns.gate($0) } }
    }

    package func lanes(_ ids: [LaneID]) throws -> [Lane] {
        let statement = try connection.statement("SELECT \(Columns.lane) FROM lanes WHERE id = ?")
        return try ids.flatMap { try statement.map(.text($0.description)) { Columns.lane($0) } }
    }

    package func firstLanes(waitingOn: [String], limit: Int) throws -> [Lane] {
        // From one function to the next in the index.
        let statement = try connection.statement(
            """
            SELECT \(Columns.lane) FROM lanes WHERE waits_on = ? AND function_id > ?
            ORDER BY function_id, turn, head, id LIMIT ?
            """)
        var found: [Lane] = []
        for place in waitingOn {
            var last = ""
            while case let lanes = try statement.map(
                .text(place), .text(last), .int(Int64(limit)), row: { Columns.lane($0) }),
                let first = lanes.first
            {
                found += lanes.prefix { $0.functionID == first.functionID }
                last = first.functionID.description
            }
        }
        return found
    }

    package func staleLane(of function: NameUUID, version: Int) throws -> Lane? {
        for comparison in ["<", ">"] {
            let found = try connection.statement(
                """
                SELECT \(Columns.lane) FROM lanes WHERE function_id = ? AND version \(comparison) ?
                ORDER BY version, head, id LIMIT 1
                """
            ).map(.text(function.description), .int(Int64(version))) { Columns.lane($0) }
            if let lane = found.first { return lane }
        }
        return nil
    }

    package func parkedItems(in lanes: [LaneID], limit: Int) throws -> [QueueItem] {
        let statement = try connection.statement(
            "SELECT \(Columns.queueItem) FROM queue WHERE lane = ? ORDER BY rank, scope, item LIMIT ?")
        return try lanes.flatMap { lane in
            try statement.map(.text(lane.description), .int(Int64(limit))) { Columns.queueItem($0) }.compactMap { $0 }
        }
    }

    package func queueItems(of run: ULID) throws -> [QueueItem] {
        try connection.statement("SELECT \(Columns.queueItem) FROM queue WHERE scope = ? ORDER BY item")
            .map(.id(run)) { Columns.queueItem($0) }.compactMap { $0 }
    }

    package func leasedItems(of function: NameUUID) throws -> [QueueItem] {
        try connection.statement(
            "SELECT \(Columns.queueItem) FROM queue WHERE lease IS NOT NULL AND function_id = ? ORDER BY lease"
        ).map(.text(function.description)) { Columns.queueItem($0) }.compactMap { $0 }
    }
}
