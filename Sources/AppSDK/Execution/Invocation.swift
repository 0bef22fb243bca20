import JSON
import Logging
import Synchronization
import Wire

/// One call of a function: the locked shell around ``Replay``, which decides.
final class Invocation: Sendable {
    let call: CallRequest
    /// Which run this is, for middleware.
    let info: RunInfo
    /// The app and the function, for what the function asks of the orchestrator.
    let app: App
    let client: Client
    let middleware: MiddlewareStack
    /// Reports steps while the function goes on; nil where each step ends its call.
    let checkpointer: Checkpointer?
    let baseLogger: Logger
    let executor = DrainingExecutor()
    let state: Mutex<State>
    private let slug: String

    typealias Continuation = CheckedContinuation<Replay.Resumption, any Error>

    struct State {
        var replay: Replay
        var parked: [Replay.Token: Continuation] = [:]
        /// Calls that must never return. They are kept, for a continuation may not be dropped.
        var stuck: [Continuation] = []
        var deferrals: Deferrals
        /// What the function itself has thrown.
        var thrown: (any Error)?
    }

    /// The step whose code runs in this task.
    @TaskLocal static var runningStep: String?

    init(_ call: CallRequest, of function: ServedFunction, in app: App, middleware: MiddlewareStack) {
        self.call = call
        self.app = app
        self.middleware = middleware
        slug = function.slug
        info = RunInfo(
            app: app.id, function: function.id, id: call.runID.description, attempt: call.attempt,
            maxAttempts: call.maxAttempts)
        client = Client(app.configuration, middleware: middleware)
        checkpointer = Checkpointer(
            call, policy: function.checkpointing(in: app.configuration),
            api: API(configuration: app.configuration, keys: app.keys))
        var logger = app.configuration.logger
        logger[metadataKey: "run"] = "\(call.runID)"
        logger[metadataKey: "function"] = "\(function.slug)"
        baseLogger = logger
        state = Mutex(State(replay: Replay(call), deferrals: Deferrals(known: call.defers)))
    }

    /// Whether what the function does now was done before, or is of no consequence.
    var isSilent: Bool { state.withLock { $0.replay.isSilent } }

    /// The function's logger, silent while it repeats itself.
    var logger: Logger { baseLogger.silenced { [weak self] in self?.isSilent ?? true } }

    /// What time it is.
    var now: Timestamp { app.configuration.clock() }

    /// The result that a test gives a step instead of running it.
    func stub(_ step: String) -> Result<JSON, any Error>? { app.configuration.stepStub(slug, step) }

    // MARK: The driver

    /// Runs the function until there is something to answer.
    func run(_ handler: @escaping @Sendable (Invocation) async throws -> JSON) async -> Outcome {
        if call.attempt == 0, call.stack.isEmpty, call.targetStep == nil { middleware.observe(.runStarted(info)) }
        let task = Task(executorPreference: executor) {
            // A step of another function may have led here, in a test kit that runs all in one process.
            await Self.$runningStep.withValue(nil) { await self.handle(handler) }
        }
        var patience: Task<Void, any Error>?
        defer { patience?.cancel() }
        while true {
            executor.drain()
            let isTimeUp = checkpointer?.isTimeUp ?? false
            switch state.withLock({ $0.replay.next(isTimeUp: isTimeUp) }) {
            case .resume(let token, let resumption):
                await resume(token, resumption)
            case .wait:
                await executor.somethingToDo()
            case .waitForTarget:
                if patience == nil { patience = waitForTarget() }
                await executor.somethingToDo()
            case .finish(let outcome):
                unwind(task)
                return await conclude(outcome)
            }
        }
    }

    private func handle(_ handler: @escaping @Sendable (Invocation) async throws -> JSON) async {
        do {
            let output = try await middleware.run(info) { try await handler(self) }
            state.withLock { $0.replay.handlerEnded(.success(output)) }
        } catch {
            state.withLock { state in
                if !state.replay.isFrozen { state.thrown = error }
                state.replay.handlerEnded(.failure(error))
            }
        }
    }

    /// Lets a parked call go on. Here, and not in the function's task: who waits for middleware is not at rest.
    private func resume(_ token: Replay.Token, _ resumption: Replay.Resumption) async {
        do {
            let resumption = try await decode(resumption)
            state.withLock { $0.parked.removeValue(forKey: token) }?.resume(returning: resumption)
        } catch {
            decide(Outcome(thrown: error), thrown: error)
        }
    }

    /// A step that was planned may be behind something that is no step and takes its time.
    private func waitForTarget() -> Task<Void, any Error> {
        let patience = app.configuration.targetPatience
        return Task {
            if patience > .zero { try await Task.sleep(for: patience) }
            state.withLock { $0.replay.giveUpOnTarget() }
            executor.wake()
        }
    }

    /// Leaves the function: a suspended task cannot be dropped, so every call that waits throws.
    ///
    /// The outcome is decided by now, so the replay is frozen and nothing that the function still does counts.
    private func unwind(_ task: Task<Void, Never>) {
        task.cancel()
        let waiting = state.withLock { state in
            defer { state.parked = [:] }
            return state.parked
        }
        for (_, continuation) in waiting.sorted(by: { $0.key < $1.key }) {
            continuation.resume(throwing: Interruption())
        }
        executor.drain()
        executor.release()
    }

    // MARK: Deciding

    /// Sets what the call comes to, if nothing has yet.
    func decide(_ outcome: Outcome, thrown: (any Error)? = nil) {
        state.withLock { state in
            if !state.replay.isFrozen { state.thrown = thrown }
            state.replay.decide(outcome)
        }
    }

    /// Ends the run: it can't go on, whatever the function does with the error.
    func fail(_ message: String) -> any Error {
        let error = NonRetriableError(message)
        decide(Outcome(thrown: error), thrown: error)
        return Interruption()
    }
}
