import JSON
import Wire

/// Starts one function with a payload, as the dashboard and the command line do. The function's rules hold: where they
/// keep the run back, there is none yet, and the event says why.
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

    package func apply(to transaction: Transaction, settings: EngineSettings) throws -> (event: ULID, run: ULID?) {
        let record = try transaction.registered(function)
        let event = Event(
            internalID: transaction.newID(), name: InternalEvent.functionInvoked,
            data: data.merging(["_inngest": ["fn_id": .string(record.id.description)]]), user: user,
            time: transaction.now)
        let admission = try transaction.take(in: event, starting: [record]).first
        return (event.internalID, admission?.run)
    }
}
