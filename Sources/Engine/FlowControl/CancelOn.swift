import Expressions
import JSON
import Wire

extension Transaction {
    /// Stores what cancels a run where the waits for events are, so that an event finds both with one lookup.
    func watchForCancellation(_ run: Run, _ function: FunctionRecord, trigger: Event?) {
        for (number, rule) in function.config.flow.cancellation.enumerated() {
            var index = [Wait.IndexKey.any]
            if let source = rule.condition {
                // It compiled when the app registered; one that no longer does cancels nothing.
                guard let expression = try? Expression.compile(source) else { continue }
                index = Wait.IndexKey.keys(of: expression, trigger: trigger?.json)
            }
            insert(
                Wait(
                    key: StepKey(run: run.id, step: StepID(hash: "cancel:\(number)")), label: "cancelOn",
                    registeredAt: now, expiresAt: now + (rule.timeout ?? Limits.longestWait),
                    target: .cancellation(name: rule.event, expression: rule.condition, index: index)))
        }
    }

    /// Ends a run because of an event.
    func cancel(_ run: inout Run, on event: Event) throws {
        try end(
            &run, .cancelled, output: nil,
            detail: [
                "event": .string(event.name), "event_id": .string(event.internalID.description),
                "reason": "cancel_on", "text": .string("the event \(Self.shortened(event.name)) came"),
            ])
    }
}
