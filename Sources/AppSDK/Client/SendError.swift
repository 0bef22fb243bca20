/// Events were not taken in.
public struct SendError: Error, Sendable, CustomStringConvertible {
    /// The HTTP status of the last answer; nil where there was none.
    public let status: Int?
    /// The ids of the events before the one that was refused, which were taken in.
    public let acceptedIDs: [String]
    /// What is wrong, and what to do.
    public let description: String
}
