/// Thrown by a step or a function: trying again would not help.
///
/// Thrown in a step, the step has failed for good, and the function gets a ``StepError``. Thrown by the function
/// itself, the run has failed for good.
public struct NonRetriableError: Error, Sendable, CustomStringConvertible {
    /// What is wrong; the dashboard shows it.
    public let message: String
    /// What led to it; its type and text are reported, too.
    public let cause: (any Error)?

    /// - Parameters:
    ///   - message: what is wrong, where, and what to do.
    ///   - cause: what led to it.
    public init(_ message: String, cause: (any Error)? = nil) {
        self.message = message
        self.cause = cause
    }

    /// The message.
    public var description: String { message }
}
