import Engine
import JSON
import Stores
import Wire

extension World {
    func pauseOrResume() throws {}

    func resume(_ id: String) throws {}
}

extension Queries {
    /// What is to be done for a run.
    func queue(of run: ULID) throws -> [QueueItem] { try timeline(run)?.queue ?? [] }
}
