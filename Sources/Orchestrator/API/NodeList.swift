import Engine
import Foundation
import Stores
import Wire

/// Who the orchestrators are that share the state.
protocol NodeList: Sendable {
    func nodes() async throws -> [NodeRecord]
}

extension PostgresReader: NodeList {}

/// A process that owns its file is the only one.
struct SingleNode: NodeList {
    let name: String
    let room: Int
    private let id: ULID
    private let startedAt = Timestamp.wall

    init(name: String, room: Int) {
        self.name = name
        self.room = room
        var ids = ULIDSource()
        id = ids.next(at: .wall)
    }

    func nodes() async throws -> [NodeRecord] {
        [
            NodeRecord(
                id: id, name: name, version: OrchestratorVersion.text, startedAt: startedAt, aliveUntil: .wall,
                state: .running, openCalls: 0, room: room)
        ]
    }
}
