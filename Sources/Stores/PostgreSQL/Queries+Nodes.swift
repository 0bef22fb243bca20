import Engine
import Wire

extension Queries {
    /// The orchestrators that share the database, the oldest first. Who is alive goes by the server's clock.
    func nodes() throws -> [NodeRecord] {
        try connection.statement(
            """
            SELECT id, name, version, CAST(extract(epoch FROM started_at) * 1000 AS BIGINT),
                CAST(extract(epoch FROM alive_until) * 1000 AS BIGINT), alive_until > now(), is_draining, open_calls,
                room
            FROM nodes ORDER BY started_at, id
            """
        ).map { row -> NodeRecord? in
            guard let id = ULID(row.text(0)) else { return nil }
            let state: NodeRecord.State = row.int(5) == 0 ? .lost : row.int(6) == 1 ? .draining : .running
            return NodeRecord(
                id: id, name: row.text(1), version: row.text(2), startedAt: Timestamp(milliseconds: row.int64(3)),
                aliveUntil: Timestamp(milliseconds: row.int64(4)), state: state, openCalls: row.int(7),
                room: row.int(8))
        }.compactMap { $0 }
    }
}
