import JSON
import Wire

/// Ends a run at once. A call in flight may finish; what it answers counts for nothing.
package struct CancelRun: Command {
    private let id: ULID

    package init(_ id: ULID) {
        self.id = id
    }

    package func name(in footprint: inout Footprint) {
        footprint.runs.insert(id)
        footprint.eventsOfRuns.insert(id)
    }

    package func apply(to transaction: Transaction, settings: EngineSettings) throws {
        guard var run = try transaction.run(id) else {
            throw Refusal(.notFound, "there is no run \(id)")
        }
        guard !run.hasEnded else {
            throw Refusal(.conflict, "run \(id) has already ended: \(run.status.name)")
        }
        try transaction.end(&run, .cancelled, output: nil)
    }
}
