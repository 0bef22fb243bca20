/// What a step's code can know of itself.
public struct StepContext: Hashable, Sendable {
    /// Which attempt this is, from 0.
    public let attempt: Int
    /// How many attempts there are, the first included.
    public let maxAttempts: Int
    /// The same in every attempt of this step in this run, and nowhere else: a key under which a third party
    /// does a thing once, however often it is asked.
    public let idempotencyKey: String
}
