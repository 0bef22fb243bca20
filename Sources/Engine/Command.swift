import JSON
import Wire

/// Something that the engine is asked to do. A command reads and changes rows of a transaction and nothing else:
/// the same command on the same rows at the same time with the same source of ids does the same.
package protocol Command<Outcome>: Sendable {
    associatedtype Outcome: Sendable

    /// - Throws: ``Refusal`` where it can't be done, before anything was changed; any other error fails the
    ///   whole transaction.
    func apply(to transaction: Transaction, settings: EngineSettings) throws -> Outcome

    /// Names the rows that it is going to need, as far as it can tell. What is missing costs time and nothing else.
    func name(in footprint: inout Footprint)

    /// Says what rules are going to be asked, once it is known which functions there are.
    func foresee(in foresight: inout Foresight, of transaction: Transaction)
}

extension Command {
    package func name(in footprint: inout Footprint) {}

    package func foresee(in foresight: inout Foresight, of transaction: Transaction) {}
}

/// A command that brings the answer to something that was leased, and makes room for another with it.
package protocol AnswerCommand: Command where Outcome == FinishCall.Outcome {
    var key: QueueItem.Key { get }
    /// The lease that it was called with.
    var lease: ULID { get }
    /// The HTTP status; nil when there was no answer.
    var status: Int? { get }
}

extension AnswerCommand {
    package func foresee(in foresight: inout Foresight, of transaction: Transaction) {
        foresight.note(slotsOf: key, mayEnd: false, of: transaction)
    }
}

/// What the engine is told once, when it starts.
package struct EngineSettings: Sendable {
    package var backoff: Backoff
    /// The name of the environment that calls carry.
    package var environment: String
    /// How long runs that have ended, and events, are kept; nil for ever.
    package var retention: Duration?

    package init(backoff: Backoff = .standard, environment: String = "dev", retention: Duration? = nil) {
        self.backoff = backoff
        self.environment = environment
        self.retention = retention
    }
}

/// Why a command is not carried out.
package struct Refusal: Error, Hashable, CustomStringConvertible {
    package enum Reason: Hashable, Sendable {
        case invalid, notFound, conflict, tooLarge
    }

    package let reason: Reason
    package let description: String
    /// The protocol's code, where it has one.
    package let code: String?
    /// What is wrong, one by one, where there is more than one thing.
    package let details: [JSON]

    package init(_ reason: Reason, _ description: String, code: String? = nil, details: [JSON] = []) {
        self.reason = reason
        self.description = description
        self.code = code
        self.details = details
    }
}
