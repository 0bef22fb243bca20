import Foundation
import JSON
import Logging
import Wire

/// What a function knows and can do during a call.
public struct Context<Input: Codable & Sendable>: Sendable {
    /// The event that started the run.
    public let event: Event<Input>
    /// All events that started it: one, or a batch.
    public let events: [Event<Input>]
    /// The steps.
    public let step: Step
    /// The id of the run, a ULID.
    public let runID: String
    /// Which attempt this is, from 0. It counts for the step or the stretch between steps that is tried now.
    public let attempt: Int
    /// How many attempts there are, the first included.
    public let maxAttempts: Int
    /// A logger that is silent while finished steps are replayed, so that a line is written once.
    public let logger: Logger

    /// - Throws: ``NonRetriableError`` where the event's data does not fit the type.
    init(_ invocation: Invocation) throws {
        let call = invocation.call
        guard !call.events.isEmpty else { throw NonRetriableError("the call carries no event") }
        events = try call.events.map { json in
            do {
                return try Event(json: json)
            } catch {
                throw NonRetriableError(
                    "the data of the event '\(json["name"]?.string ?? "?")' does not fit \(Input.self): data."
                        + "\(explanation(of: error)). Correct the sender or the type, then start the run again.")
            }
        }
        event = events[0]
        step = Step(invocation: invocation)
        runID = call.runID.description
        attempt = call.attempt
        maxAttempts = call.maxAttempts
        logger = invocation.logger
    }
}
