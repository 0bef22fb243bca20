import JSON
import Wire

/// A step failed for good: no attempts are left, or its error was not to be retried.
///
/// Catch this type around a step, and nothing wider: what a function does while a run is suspended
/// (see ``Interruption``) passes through the same `catch`. Uncaught it fails the run, without more retries,
/// for a replay could only meet the same failure again.
///
/// ```swift
/// do {
///     try await step.run("charge") { try await bank.charge(order) }
/// } catch let error as StepError {
///     try await step.run("apologise") { try await mailer.apologise(for: error.message) }
/// }
/// ```
public struct StepError: Error, Sendable, CustomStringConvertible {
    /// The step's id, as you gave it.
    public let stepID: String
    /// The type of the error that the step threw, such as `"BankError"`.
    public let name: String
    /// What the error said.
    public let message: String
    let reported: ReportedError

    init(stepID: String, reported: ReportedError) {
        self.stepID = stepID
        self.name = reported.name
        self.message = reported.message
        self.reported = reported
    }

    /// Step, type and message.
    public var description: String { "step '\(stepID)' failed: \(name): \(message)" }

    /// Whether an invoked function did not finish within the timeout of the invocation.
    public var isInvokeTimeout: Bool { name == "InngestInvokeTimeoutError" }
}
