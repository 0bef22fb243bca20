import JSON
import Logging
import Synchronization
import Wire

/// One call of a function: the locked shell around ``Replay``, which decides.
final class Invocation: Sendable {
    let call: CallRequest
    /// The id of the app, to which functions without an app belong.
    let appID: String
    let client: Client
    private let clock: @Sendable () -> Timestamp
    private let targetPatience: Duration
    private let stub: @Sendable (_ step: String) -> Result<JSON, any Error>?
    private let baseLogger: Logger
    private let executor = DrainingExecutor()
    private let state: Mutex<State>

    private typealias Continuation = CheckedContinuation<Replay.Resumption, any Error>

    private struct State {
        var replay: Replay
        var parked: [Replay.Token: Continuation] = [:]
        /// Calls that must never return. They are kept, for a continuation may not be dropped.
        var stuck: [Continuation] = []
    }

    /// The step whose code runs in this task.
    @TaskLocal private static var runningStep: String?

    init(call: CallRequest, appID: String, function: String, configuration: Configuration, logger: Logger) {
        self.call = call
        self.appID = appID
        client = Client(configuration)
        clock = configuration.clock
        targetPatience = configuration.targetPatience
        stub = { configuration.stepStub(function, $0) }
        baseLogger = logger
        state = Mutex(State(replay: Replay(call)))
    }

    /// Whether what the function does now was done before, or is of no consequence.
    var isSilent: Bool { state.withLock { $0.replay.isSilent } }

    /// The function's logger, silent while it repeats itself.
    var logger: Logger { baseLogger.silenced { [weak self] in self?.isSilent ?? true } }

    // MARK: The driver

    /// Runs the function until there is something to answer.
    func run(_ handler: @escaping @Sendable (Invocation) async throws -> JSON) async -> Outcome {
        let task = Task(executorPreference: executor) {
            let result: Result<JSON, any Error>
            do {
                // A step of another function may have led here, in a test kit that runs all in one process.
                result = .success(try await Self.$runningStep.withValue(nil) { try await handler(self) })
            } catch {
                result = .failure(error)
            }
            self.state.withLock { $0.replay.handlerEnded(result) }
        }
        var patience: Task<Void, any Error>?
        defer { patience?.cancel() }
        while true {
            executor.drain()
            switch state.withLock({ $0.replay.next() }) {
            case .resume(let token, let resumption):
                state.withLock { $0.parked.removeValue(forKey: token) }?.resume(returning: resumption)
            case .wait:
                await executor.somethingToDo()
            case .waitForTarget:
                if patience == nil { patience = waitForTarget() }
                await executor.somethingToDo()
            case .finish(let outcome):
                unwind(task)
                return outcome
            }
        }
    }

    /// A step that was planned may be behind something that is no step and takes its time.
    private func waitForTarget() -> Task<Void, any Error> {
        Task {
            if targetPatience > .zero { try await Task.sleep(for: targetPatience) }
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

    // MARK: Step calls

    /// Waits until the step is finished, or is to be run now.
    ///
    /// - Throws: ``Interruption`` where the run is suspended, `CancellationError` where the function cancelled the
    ///   task, ``NonRetriableError`` where the call is made in the code of another step.
    func arrive(at request: StepRequest) async throws -> Replay.Resumption {
        if let outer = Self.runningStep {
            throw NonRetriableError(
                "the step '\(request.id)' is called in the code of the step '\(outer)': steps can't contain steps. "
                    + "Call it beside the other, or make the outer one a plain function.")
        }
        let token = state.withLock { $0.replay.nextToken() }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { admit($0, token, request) }
        } onCancel: {
            cancel(token)
        }
    }

    private func admit(_ continuation: Continuation, _ token: Replay.Token, _ request: StepRequest) {
        // If the task is cancelled after this look, `cancel` finds the continuation.
        let entry = state.withLock { state in
            let entry = state.replay.enter(request, token: token, isCancelled: Task.isCancelled)
            switch entry {
            case .parked: state.parked[token] = continuation
            case .stuck: state.stuck.append(continuation)
            case .frozen, .cancelled: break
            }
            return entry
        }
        switch entry {
        case .parked: executor.wake()
        case .frozen: continuation.resume(throwing: Interruption())
        case .cancelled: continuation.resume(throwing: CancellationError())
        case .stuck:
            executor.wake()
            baseLogger.error(
                """
                A loop around the step '\(request.id)' swallows what the step throws, so the function can't be left. \
                Its task is parked for ever and its memory is lost. Catch StepError only, and let other errors pass.
                """)
        }
    }

    private func cancel(_ token: Replay.Token) {
        let (continuation, isFrozen) = state.withLock { state in
            let continuation = state.parked.removeValue(forKey: token)
            if continuation != nil, !state.replay.isFrozen { state.replay.withdraw(token) }
            return (continuation, state.replay.isFrozen)
        }
        continuation?.resume(throwing: isFrozen ? Interruption() : CancellationError())
    }

    // MARK: Running a step

    /// Runs a step's code in the caller's task, and decides the outcome of the call by it.
    ///
    /// - Throws: always: the value is handed to the function when the orchestrator has stored it.
    func execute(_ step: StepCall, _ body: () async throws -> JSON) async throws -> Never {
        let start = clock()
        let result: Result<JSON, any Error>
        do {
            let value = try await Self.$runningStep.withValue(step.request.id) {
                if let stub = stub(step.request.id) { try stub.get() } else { try await body() }
            }
            result = .success(try withinLimit(value, of: step))
        } catch {
            if error is CancellationError, Task.isCancelled, !state.withLock({ $0.replay.isFrozen }) {
                state.withLock { $0.replay.withdrawRunning() }
                throw error
            }
            result = .failure(error)
        }
        let outcome = Outcome(
            step: step, result: result, lastAttempt: call.attempt + 1 >= call.maxAttempts,
            timing: timing(from: start))
        state.withLock { $0.replay.decide(outcome) }
        throw Interruption()
    }

    private func withinLimit(_ value: JSON, of step: StepCall) throws -> JSON {
        guard value.bytes.count <= Self.maximumOutputSize else {
            throw NonRetriableError(
                "the result of the step '\(step.request.id)' has \(value.bytes.count) bytes, the limit is "
                    + "\(Self.maximumOutputSize); store it elsewhere and return a reference")
        }
        return value
    }

    /// The largest result of a step, in bytes (4 MiB).
    static let maximumOutputSize = 4 << 20

    private func timing(from start: Timestamp) -> JSON {
        ["a": .int(start.milliseconds * 1_000_000), "b": .int((clock() - start).milliseconds * 1_000_000)]
    }

    /// Ends the run: it can't go on, whatever the function does with the error.
    func fail(_ message: String) -> any Error {
        let error = ReportedError(describing: NonRetriableError(message))
        state.withLock { $0.replay.decide(.failed(error, retriable: false)) }
        return Interruption()
    }
}
