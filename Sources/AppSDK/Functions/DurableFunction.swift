/// A function whose steps survive crashes, deploys and waits of days.
///
/// Most apps make a ``Function`` from a closure. A type of your own conforms where a function has many
/// dependencies or is tested as a unit:
///
/// ```swift
/// struct SignupDrip: DurableFunction {
///     let id = "signup-drip"
///     let triggers: [Trigger<SignedUp>] = [.event(SignedUp.self)]
///     let mailer: any Mailer
///
///     func run(_ context: Context<SignedUp>) async throws {
///         try await context.step.run("send-welcome") { try await mailer.welcome(context.event.data.email) }
///     }
/// }
/// ```
///
/// The body is run from its start on each call, and finished steps answer from memory. So all that has an
/// effect, and all that may give another value the second time (dates, random numbers, reads), belongs in a step.
public protocol DurableFunction<Input, Output>: Sendable {
    /// The data of the event that starts it, or of an invocation.
    associatedtype Input: Codable & Sendable
    /// What it returns: a `Codable` type, or `Void`.
    associatedtype Output: Sendable

    /// Its id, unique in the app. Runs in flight belong to the id: a function with another id is another function.
    var id: String { get }
    /// What starts it. Without triggers it is only invoked.
    var triggers: [Trigger<Input>] { get }
    /// Its settings. Without an implementation, the defaults.
    var settings: [Setting<Input>] { get }
    /// What is to be done when a run has failed for good. Without an implementation, nothing.
    var failureHandler: FailureHandler<Input>? { get }
    /// How the result becomes JSON. It is there for every `Codable` type and for `Void`: don't implement it.
    var outputCoding: OutputCoding<Output> { get }

    /// Does the work.
    ///
    /// - Throws: anything. The run is tried again, but for ``NonRetriableError`` and ``StepError``.
    func run(_ context: Context<Input>) async throws -> Output
}

extension DurableFunction {
    /// None: the function is only invoked.
    public var triggers: [Trigger<Input>] { [] }
    /// None: the defaults.
    public var settings: [Setting<Input>] { [] }
    /// None.
    public var failureHandler: FailureHandler<Input>? { nil }
}

extension DurableFunction where Output: Codable {
    /// As JSON.
    public var outputCoding: OutputCoding<Output> { .json }
}

extension DurableFunction where Output == Void {
    /// As `null`.
    public var outputCoding: OutputCoding<Output> { .nothing }
}
