import JSON
import Wire

/// Starts one function with a payload, as the dashboard and the command line do.
package struct InvokeFunction: Command {
    private let function: String
    private let data: JSON
    private let user: JSON

    /// - Parameter function: the slug or the id of the function.
    package init(_ function: String, data: JSON, user: JSON = .emptyObject) {
        self.function = function
        self.data = data
        self.user = user
    }

    package func apply(to transaction: Transaction, settings: EngineSettings) throws -> (event: ULID, run: ULID) {
        guard let record = transaction.catalog.function(function) else {
            throw Refusal(.notFound, "there is no function '\(function)'; `orchestrator functions` lists them")
        }
        let event = Event(
            internalID: transaction.newID(), name: InternalEvent.functionInvoked,
            data: data.merging(["_inngest": ["fn_id": .string(record.id.description)]]), user: user,
            time: transaction.now)
        guard let run = try transaction.take(in: event, starting: [record]).first else {
            throw Refusal(.conflict, "the function '\(function)' was not started")
        }
        return (event.internalID, run)
    }
}
