import JSON
import Wire

extension Invocation {
    /// Makes of what the call has come to what is answered: in the form of the middleware, together with what was
    /// not reported yet.
    func conclude(_ outcome: Outcome) async -> Outcome {
        let outcome = await encoded(outcome)
        observe(outcome)
        let deferrals = await encoded(takeDeferrals())
        switch outcome {
        case .ops(let ops, let retryAfter):
            return await reported(deferrals, room: CallResponse.maximumOps - ops.count) {
                .ops($0 + ops, retryAfter: retryAfter)
            }
        case .returned(let output):
            return await reported(deferrals, room: CallResponse.maximumOps - 1) { reports in
                let isWhole = reports.isEmpty && !state.withLock { $0.replay.hasGoneOn }
                return isWhole ? outcome : .ops(reports + [Op(.runComplete, id: .runComplete, data: output)])
            }
        case .failed:
            // Without checkpoints, what was deferred is lost with the call, as is all that it did.
            guard checkpointer != nil else { return outcome }
            return await reported(deferrals, room: 0) { $0.isEmpty ? outcome : .ops($0) }
        case .targetNotFound:
            return outcome
        }
    }

    /// Adds what is left to report to an answer. What the answer has no room for is reported before it.
    private func reported(_ deferrals: [Op], room: Int, _ answer: ([Op]) -> Outcome) async -> Outcome {
        guard let checkpointer else { return answer(deferrals) }
        switch await checkpointer.finish(deferrals, room: room) {
        case .goOn, .undelivered: return answer(await checkpointer.gathered)
        case .stale: return .stale
        }
    }

    private func observe(_ outcome: Outcome) {
        switch outcome {
        case .returned: middleware.observe(.runCompleted(info))
        case .failed(let report, let retriable, _):
            let willRetry = retriable && call.attempt + 1 < call.maxAttempts
            let error: any Error = state.withLock { $0.thrown } ?? report
            middleware.observe(.runFailed(info, error, willRetry: willRetry))
        case .ops, .targetNotFound: break
        }
    }
}
