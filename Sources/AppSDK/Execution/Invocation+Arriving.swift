import JSON
import Logging
import Wire

extension Invocation {
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
        var request = request
        if Race.isRunning { request.options = request.options.merging(["parallelMode": "race"]) }
        let token = state.withLock { $0.replay.nextToken() }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { [request] in admit($0, token, request) }
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
}
