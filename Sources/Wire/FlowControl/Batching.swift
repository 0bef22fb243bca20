import JSON

/// Several events start one run.
package struct Batching: Hashable, Sendable {
    package var maxSize: Int
    /// How long after its first event a batch that is not full starts a run.
    package var timeout: Duration
    package var key: String?
    /// An expression; an event for which it is not true starts a run of its own at once.
    package var condition: String?

    package init(maxSize: Int, timeout: Duration, key: String? = nil, condition: String? = nil) {
        self.maxSize = maxSize
        self.timeout = timeout
        self.key = key
        self.condition = condition
    }

    package static let sizes = 2...100
    package static let timeouts: ClosedRange<Duration> = .seconds(1) ... .seconds(60)

    /// An app that gives no timeout gets the longest.
    init(_ fields: Fields) throws(InvalidFunction) {
        maxSize = try fields.required("maxSize", fields.int("maxSize", in: Self.sizes, .batchSize), .batchSize)
        timeout =
            try fields.duration("timeout", in: Self.timeouts, .batchTimeout) ?? Self.timeouts.upperBound
        key = try fields.text("key", .batchKey)
        condition = try fields.text("if", .batchCondition)
    }

    var json: JSON {
        [
            "if": condition.map(JSON.string), "key": key.map(JSON.string), "maxSize": .int(maxSize),
            "timeout": .string(TimeString.format(timeout)),
        ]
    }
}
