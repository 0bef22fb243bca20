import Wire

/// One of the orchestrators that share a store, as the others see it.
package struct NodeRecord: Hashable, Sendable {
    package let id: ULID
    package let name: String
    package let version: String
    package let startedAt: Timestamp
    /// Until when it counts as alive if nothing more is heard of it.
    package let aliveUntil: Timestamp
    package let state: State
    package let openCalls: Int
    /// How many calls it may have open.
    package let room: Int

    package enum State: String, Sendable {
        case running
        /// It is about to end and makes no new calls.
        case draining
        /// Nothing was heard of it for too long: the others take its calls over.
        case lost
    }

    package init(
        id: ULID, name: String, version: String, startedAt: Timestamp, aliveUntil: Timestamp, state: State,
        openCalls: Int, room: Int
    ) {
        self.id = id
        self.name = name
        self.version = version
        self.startedAt = startedAt
        self.aliveUntil = aliveUntil
        self.state = state
        self.openCalls = openCalls
        self.room = room
    }
}
