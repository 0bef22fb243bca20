import Foundation
import JSON
import Logging
import Wire

/// What is done when a run has failed for good.
public struct FailureHandler<Input: Codable & Sendable>: Sendable {
    let retries: Int
    let body: @Sendable (Failure<Input>) async throws -> Void

    /// A handler made from a closure.
    ///
    /// - Parameter retries: how often one of its steps, or the code between them, is tried again: 0 to 20 times.
    public init(retries: Int = 4, _ body: @escaping @Sendable (Failure<Input>) async throws -> Void) {
        self.retries = retries
        self.body = body
    }
}

/// A run that has failed for good, as its failure handler gets it.
public struct Failure<Input: Codable & Sendable>: Sendable {
    /// The type of the error, such as `"BankError"`.
    public let name: String
    /// What the error said.
    public let message: String
    /// The event that started the failed run.
    public let event: Event<Input>
    /// The id of the failed run.
    public let failedRunID: String
    /// The steps of the handler itself.
    public let step: Step
    /// The id of the handler's own run.
    public let runID: String
    /// Which attempt of the handler this is, from 0.
    public let attempt: Int
    /// A logger that is silent while finished steps are replayed.
    public let logger: Logger

    /// - Throws: ``NonRetriableError`` where the event does not say what failed.
    init(_ invocation: Invocation) throws {
        let data = invocation.call.events.first?["data"] ?? .emptyObject
        guard let original = data["event"] else {
            throw NonRetriableError("the event '\(InternalEvent.functionFailed)' carries no data.event")
        }
        do {
            event = try Event(json: original)
        } catch {
            throw NonRetriableError(
                "the data of the failed run's event does not fit \(Input.self): data.\(explanation(of: error))")
        }
        let error = ReportedError(data["error"] ?? .emptyObject)
        name = error.name
        message = error.message
        failedRunID = data["run_id"]?.string ?? ""
        step = Step(invocation: invocation)
        runID = invocation.call.runID.description
        attempt = invocation.call.attempt
        logger = invocation.logger
    }
}
