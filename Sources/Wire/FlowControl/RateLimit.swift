import JSON

/// How many runs may start within a period. The others never start.
package struct RateLimit: Hashable, Sendable {
    /// 1 or more.
    package var limit: Int
    package var period: Duration
    package var key: String?

    package init(limit: Int, period: Duration, key: String? = nil) {
        self.limit = limit
        self.period = period
        self.key = key
    }

    package static let periods: ClosedRange<Duration> = .seconds(1) ... .seconds(86_400)

    init(_ fields: Fields) throws(InvalidFunction) {
        limit = try fields.required("limit", fields.int("limit", in: 1...Int.max))
        period = try fields.required("period", fields.duration("period", in: Self.periods))
        key = try fields.text("key")
    }

    var json: JSON {
        ["key": key.map(JSON.string), "limit": .int(limit), "period": .string(TimeString.format(period))]
    }
}
