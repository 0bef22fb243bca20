import JSON
import Wire

/// What came of a call.
enum Outcome: Sendable {
    /// Steps were found or run; `retryAfter` is the header of a failed step.
    case ops([Op], retryAfter: String? = nil)
    /// The function returned.
    case returned(JSON)
    /// The function failed, or could not go on.
    case failed(ReportedError, retriable: Bool, retryAfter: String? = nil)
    /// The step that was asked for did not come up.
    case targetNotFound(StepID, found: [StepCall])

    /// Another call has taken the run over: this one does not count.
    static let stale = Outcome.failed(
        ReportedError(
            name: "StaleCall", message: "another call of this run has taken over, so what this one does is ignored"),
        retriable: false)

    /// A function ended by throwing.
    init(thrown error: any Error) {
        let retriable = !(error is NonRetriableError || error is StepError)
        self = .failed(
            ReportedError(describing: error), retriable: retriable, retryAfter: (error as? RetryAfterError)?.header)
    }

    /// The code of a step ended.
    ///
    /// - Parameter lastAttempt: whether the orchestrator would not try it again.
    init(step: StepCall, result: Result<JSON, any Error>, lastAttempt: Bool, timing: JSON) {
        switch result {
        case .success(let data):
            self = .ops([step.op(.stepRun, data: data, timing: timing)])
        case .failure(let error):
            let failed = lastAttempt || error is NonRetriableError
            let report = ReportedError(describing: error).json
            let op = step.op(failed ? .stepFailed : .stepError, error: report, timing: timing)
            self = .ops([op], retryAfter: failed ? nil : (error as? RetryAfterError)?.header)
        }
    }
}
