import Engine
import Wire

/// Why a call is held up.
extension Queries {
    /// Nil for a call that is not parked.
    func standing(of item: QueueItem) throws -> Standing? {
        guard case .parked(let id) = item.stage,
            let lane = try connection.statement("SELECT \(Columns.lane) FROM lanes WHERE id = ?")
                .map(.text(id.description), row: { Columns.lane($0) }).first
        else { return nil }
        let gate = try connection.statement("SELECT \(Columns.gate) FROM gates WHERE id = ?")
        let gates = try lane.gates.flatMap { try gate.map(.text($0.description)) { Columns.gate($0) } }
        return Standing(
            item: item.key, lane: lane, gates: gates,
            holders: Dictionary(try lane.gates.map { ($0, try holders(of: $0)) }) { first, _ in first },
            ahead: try ahead(of: item, in: id), lanesAhead: try lanesAhead(of: item, in: lane, gates))
    }

    /// Runs with a call that holds a gate, and runs that hold it as a whole. Calls that are made come first, then those
    /// that may be, as far as they stand among the first in line.
    private func holders(of gate: GateID) throws -> [ULID] {
        let limit = ColumnValue.int(Int64(Limits.namedHolders))
        let text = ColumnValue.text(gate.description)
        let calls = try connection.statement(
            """
            SELECT DISTINCT scope FROM queue WHERE lease IS NOT NULL AND slots LIKE '%' || ? || '%'
            ORDER BY scope LIMIT ?
            """
        ).map(text, limit) { ULID($0.text(0)) }
        let runs = try connection.statement("SELECT id FROM runs WHERE slot = ? ORDER BY id LIMIT ?")
            .map(text, limit) { ULID($0.text(0)) }
        let admitted = try connection.statement(
            """
            SELECT scope FROM (
                SELECT scope, slots FROM queue WHERE lease IS NULL AND work < 2 AND stage = 0 ORDER BY rank LIMIT ?
            ) AS first_in_line WHERE slots LIKE '%' || ? || '%' LIMIT ?
            """
        ).map(.int(Int64(Limits.countedPlaces)), text, limit) { ULID($0.text(0)) }
        var named: [ULID] = []
        for run in (calls + runs + admitted).compactMap({ $0 }) where !named.contains(run) { named.append(run) }
        return Array(named.prefix(Limits.namedHolders))
    }

    private func lanesAhead(of item: QueueItem, in lane: Lane, _ gates: [Gate]) throws -> Int {
        guard let place = lane.placeOfThrottle(among: gates) else { return 0 }
        return try connection.statement(
            """
            SELECT COUNT(*) FROM (
                SELECT 1 FROM lanes
                WHERE waits_on = ? AND function_id = ? AND (turn, id) < (?, ?) AND id <> ? LIMIT ?
            ) AS ahead
            """
        ).map(
            .text(place), .text(lane.functionID.description), .time(max(item.rank, lane.turn)),
            .text(lane.id.description), .text(lane.id.description), .int(Int64(Limits.countedPlaces))
        ) { $0.int(0) }.first ?? 0
    }

    private func ahead(of item: QueueItem, in lane: LaneID) throws -> Int {
        try connection.statement(
            """
            SELECT COUNT(*) FROM (
                SELECT 1 FROM queue WHERE lane = ? AND (rank, scope, item) < (?, ?, ?) LIMIT ?
            ) AS ahead
            """
        ).map(
            .text(lane.description), .time(item.rank), .text(Columns.scope(item.key)), .text(Columns.item(item.key)),
            .int(Int64(Limits.countedPlaces))
        ) { $0.int(0) }.first ?? 0
    }
}
