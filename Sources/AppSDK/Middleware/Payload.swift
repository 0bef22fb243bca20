/// What a value is that ``Middleware/encode(_:as:)`` and ``Middleware/decode(_:as:)`` may change.
public enum Payload: Hashable, Sendable {
    /// The data of an event of a name: of the one that starts a run, of one that a step waited for, of one that is
    /// sent, or what an invoked or deferred function is given. It is an object, and must stay one.
    case event(name: String)
    /// The input that a step shows, and that a rerun may replace.
    case stepInput(StepInfo)
    /// The result of a step. What the orchestrator itself has made (an HTTP answer, say) is decoded, never encoded.
    case stepOutput(StepInfo)
    /// What the function returned.
    case runOutput(RunInfo)
}

/// What a middleware gets to see as it happens.
public enum Moment: Sendable {
    /// A run is called for the first time.
    case runStarted(RunInfo)
    /// A function has returned.
    case runCompleted(RunInfo)
    /// A function has thrown.
    case runFailed(RunInfo, any Error, willRetry: Bool)
    /// A step's code begins.
    case stepStarted(StepInfo)
    /// A step's code has returned.
    case stepCompleted(StepInfo)
    /// A step's code has thrown.
    case stepFailed(StepInfo, any Error, willRetry: Bool)
}
