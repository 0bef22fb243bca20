import JSON
import Wire

extension Invocation {
    /// Runs a step's code in the caller's task.
    ///
    /// - Returns: the value, as it is stored, where the function may go on in this call.
    /// - Throws: ``Interruption`` where the call ends with the step: the function gets the value, or the error, when
    ///   the orchestrator has stored it.
    func execute(_ step: StepCall, _ body: () async throws -> JSON) async throws -> JSON {
        let info = self.info(of: step)
        let start = now
        middleware.observe(.stepStarted(info))
        let result: Result<JSON, any Error>
        do {
            let value = try await Self.$runningStep.withValue(step.request.id) {
                if let stub = stub(step.request.id) { return try stub.get() }
                return try await middleware.step(info) { try await body() }
            }
            let encoded = try await middleware.encode(value, as: .stepOutput(info))
            result = .success(try withinLimit(encoded, of: step))
        } catch {
            if error is CancellationError, Task.isCancelled, !state.withLock({ $0.replay.isFrozen }) {
                state.withLock { $0.replay.withdrawRunning() }
                throw error
            }
            result = .failure(error)
        }
        let isLastAttempt = call.attempt + 1 >= call.maxAttempts
        observe(result, of: info, isLastAttempt: isLastAttempt)
        let outcome = Outcome(step: step, result: result, lastAttempt: isLastAttempt, timing: timing(from: start))
        if case .success(let value) = result, case .ops(let ops, _) = outcome, await goOn(after: ops) {
            return try await decode(value, of: step)
        }
        decide(outcome)
        throw Interruption()
    }

    /// Reports a finished step. Returns whether the function may go on.
    private func goOn(after ops: [Op]) async -> Bool {
        guard let checkpointer else { return false }
        switch await checkpointer.gather(await encoded(takeDeferrals() + ops)) {
        case .goOn: return state.withLock { $0.replay.goOn() }
        // What was gathered goes into the answer.
        case .undelivered: decide(.ops([]))
        case .stale: decide(.stale)
        }
        return false
    }

    private func observe(_ result: Result<JSON, any Error>, of step: StepInfo, isLastAttempt: Bool) {
        switch result {
        case .success: middleware.observe(.stepCompleted(step))
        case .failure(let error):
            let willRetry = !isLastAttempt && !(error is NonRetriableError)
            middleware.observe(.stepFailed(step, error, willRetry: willRetry))
        }
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
        // In nanoseconds, of which 64 bits hold a few centuries.
        ["a": .double(Double(start.milliseconds) * 1e6), "b": .double(Double((now - start).milliseconds) * 1e6)]
    }
}
