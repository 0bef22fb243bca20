import JSON

/// How many runs may start within a period. The others wait.
package struct Throttle: Hashable, Sendable {
    /// 1 or more.
    package var limit: Int
    package var period: Duration
    /// How many more may start at once; nil where the app does not say.
    package var burst: Int?
    package var key: String?

    package init(limit: Int, period: Duration, burst: Int? = nil, key: String? = nil) {
        self.limit = limit
        self.period = period
        self.burst = burst
        self.key = key
    }

    package static let periods: ClosedRange<Duration> = .seconds(1) ... .seconds(7 * 86_400)

    init(_ fields: Fields) throws(InvalidFunction) {
        limit = max(1, try fields.required("limit", fields.int("limit", in: 0...Int.max)))
        period = try fields.required("period", fields.duration("period", in: Self.periods))
        burst = try fields.int("burst", in: 0...Int.max)
        key = try fields.text("key")
        if let scope = try fields.text("scope"), scope.lowercased() != "fn" {
            throw fields.refuse("scope", "'\(scope.prefix(64))': starts are throttled for one function only")
        }
    }

    var json: JSON {
        [
            "burst": burst.map(JSON.int), "key": key.map(JSON.string), "limit": .int(limit),
            "period": .string(TimeString.format(period)),
        ]
    }
}
