import Foundation

extension Step {
    /// Sends an event, once, however often the step is tried. Returns the id under which it was taken in.
    ///
    /// - Throws: ``StepError`` when it could not be sent, ``Interruption`` when the run is suspended.
    @discardableResult
    public func sendEvent(
        _ id: String, _ payload: some EventPayload, eventID: String? = nil, user: JSONValue? = nil, date: Date? = nil
    ) async throws -> String {
        let event = OutgoingEvent(payload, id: eventID, user: user, date: date)
        return try await sendEvents(id, [event]).first ?? ""
    }

    /// Sends events, once, however often the step is tried. Returns the ids under which they were taken in, in order.
    ///
    /// - Parameter events: at most 5000.
    /// - Throws: ``StepError`` when they could not be sent, ``Interruption`` when the run is suspended.
    @discardableResult
    public func sendEvents(_ id: String, _ events: [OutgoingEvent]) async throws -> [String] {
        let invocation = invocation
        let sent = try await run(id, type: "step.sendEvent") { context, _ in
            let seed = EventSeed(run: invocation.call.runID, step: context.idempotencyKey)
            return SentEvents(ids: try await invocation.client.send(events, seed: seed))
        }
        return sent.ids
    }

    private struct SentEvents: Codable, Sendable {
        var ids: [String]
    }
}
