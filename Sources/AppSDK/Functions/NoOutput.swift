/// What a function gives that gives nothing: JSON's `null`. Any JSON is read as it.
public struct NoOutput: Codable, Hashable, Sendable {
    /// Nothing.
    public init() {}

    /// Reads anything.
    public init(from decoder: any Decoder) throws {}

    /// Writes `null`.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encodeNil()
    }
}
