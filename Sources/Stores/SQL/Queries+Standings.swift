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
        return Standing(
            item: item.key, lane: lane,
            gates: try lane.gates.flatMap { try gate.map(.text($0.description)) { Columns.gate($0) } },
            holders: Dictionary(try lane.gates.map { ($0, try holders(of: $0)) }) { first, _ in first },
            ahead: try ahead(of: item, in: id))
    }

    /// Runs with a call that holds a gate, and runs that hold it as a whole.
    private func holders(of gate: GateID) throws -> [ULID] {
        let limit = ColumnValue.int(Int64(Limits.namedHolders))
        let calls = try connection.statement(
            """
            SELECT DISTINCT scope FROM queue WHERE lease IS NOT NULL AND slots LIKE '%' || ? || '%'
            ORDER BY scope LIMIT ?
            """
        ).map(.text(gate.description), limit) { ULID($0.text(0)) }
        let runs = try connection.statement("SELECT id FROM runs WHERE slot = ? ORDER BY id LIMIT ?")
            .map(.text(gate.description), limit) { ULID($0.text(0)) }
        return Array((calls + runs).compactMap { $0 }.prefix(Limits.namedHolders))
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
