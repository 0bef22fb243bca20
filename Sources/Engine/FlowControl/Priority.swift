import Expressions
import JSON
import Wire

/// Which calls of a function go first: one of a run with 120 goes before all that were queued in the last 120
/// seconds; one of a run with -60 is due a minute later than it would be.
struct PriorityRule: Sendable {
    let source: String
    private let expression: Expression?

    init?(of config: FlowControl) {
        guard let source = config.priority else { return nil }
        self.source = source
        expression = try? Expression.compile(source)
    }

    /// In seconds, within what is allowed. What is no number counts as 0.
    func value(for event: JSON?, now: Timestamp) -> Int {
        guard let number = (try? expression?.value(event: event, now: now.milliseconds))?.double else { return 0 }
        let range = Limits.priority
        return Int(min(max(number, Double(range.lowerBound)), Double(range.upperBound)))
    }
}
