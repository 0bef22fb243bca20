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
        guard let function = transaction.catalog.functions[run.functionID], function.archivedAt == nil else {
            throw Refusal(.conflict, "the function of run \(id) is no longer registered; start its app first")
        }
        return try transaction.start(function, with: try transaction.events(run.eventIDs), cause: .rerun(of: id))
    }
}
