import JSON
import Wire

/// Starts a run's function again with the same events.
package struct RerunRun: Command {
    private let id: ULID

    package init(_ id: ULID) {
        self.id = id
    }

    /// - Returns: the new run.
    package func apply(to transaction: Transaction, settings: EngineSettings) throws -> ULID {
        guard let run = try transaction.run(id) else {
            throw Refusal(.notFound, "there is no run \(id)")
        }
        return try transaction.repeatRun(run)
    }
}
