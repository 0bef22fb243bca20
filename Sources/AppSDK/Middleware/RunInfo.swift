/// Which run a middleware has to do with.
public struct RunInfo: Hashable, Sendable {
    /// The app's id.
    public let app: String
    /// The function's id in its app.
    public let function: String
    /// The run's id, a ULID.
    public let id: String
    /// Which attempt this is, from 0.
    public let attempt: Int
    /// How many attempts there are, the first included.
    public let maxAttempts: Int

    /// Makes one, for tests of a middleware.
    public init(app: String, function: String, id: String, attempt: Int = 0, maxAttempts: Int = 5) {
        self.app = app
        self.function = function
        self.id = id
        self.attempt = attempt
        self.maxAttempts = maxAttempts
    }
}

/// Which step a middleware has to do with.
public struct StepInfo: Hashable, Sendable {
    /// The id, as the function gives it. In a loop several steps may have it.
    public let id: String
    /// What the step does.
    public let kind: Kind
    /// The run it belongs to.
    public let run: RunInfo

    /// What a step does.
    public enum Kind: String, Hashable, Sendable {
        /// Code of the app, sending events and signals included.
        case run
        /// Waits for a time.
        case sleep
        /// Waits for an event.
        case waitForEvent
        /// Waits for a signal.
        case waitForSignal
        /// Runs another function.
        case invoke
        /// Lets the orchestrator make an HTTP request.
        case fetch
        /// Lets the orchestrator ask a language model.
        case infer
    }

    /// Makes one, for tests of a middleware.
    public init(id: String, kind: Kind = .run, run: RunInfo) {
        self.id = id
        self.kind = kind
        self.run = run
    }
}

/// What a middleware was added to.
public struct MiddlewarePlace: Hashable, Sendable {
    /// The app's id.
    public let app: String
    /// The function's id in its app; nil where the middleware is the app's.
    public let function: String?
}
