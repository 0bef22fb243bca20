import JSON

/// When a run that is too slow is cancelled.
package struct Timeouts: Hashable, Sendable {
    /// How long after it was scheduled a run must have begun.
    package var start: Duration?
    /// How long after it began a run must have ended.
    package var finish: Duration?

    package init(start: Duration? = nil, finish: Duration? = nil) {
        self.start = start
        self.finish = finish
    }

    package static let range: ClosedRange<Duration> = .milliseconds(1) ... .seconds(366 * 86_400)

    init(_ fields: Fields) throws(InvalidFunction) {
        start = try fields.duration("start", in: Self.range)
        finish = try fields.duration("finish", in: Self.range)
    }

    var json: JSON {
        [
            "finish": finish.map { .string(TimeString.format($0)) },
            "start": start.map { .string(TimeString.format($0)) },
        ]
    }
}
