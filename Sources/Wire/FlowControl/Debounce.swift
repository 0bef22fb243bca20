import JSON

/// A run starts when no further event has come for a period, with the last of them.
package struct Debounce: Hashable, Sendable {
    package var period: Duration
    /// The longest that events can put a run off, from the first of them.
    package var timeout: Duration?
    package var key: String?

    package init(period: Duration, timeout: Duration? = nil, key: String? = nil) {
        self.period = period
        self.timeout = timeout
        self.key = key
    }

    package static let periods: ClosedRange<Duration> = .seconds(1) ... .seconds(7 * 86_400)
    package static let timeouts: ClosedRange<Duration> = .seconds(1) ... .seconds(366 * 86_400)

    init(_ fields: Fields) throws(InvalidFunction) {
        period = try fields.required("period", fields.duration("period", in: Self.periods))
        timeout = try fields.duration("timeout", in: Self.timeouts)
        key = try fields.text("key")
    }

    var json: JSON {
        [
            "key": key.map(JSON.string), "period": .string(TimeString.format(period)),
            "timeout": timeout.map { .string(TimeString.format($0)) },
        ]
    }
}
