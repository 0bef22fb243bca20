import JSON
import Wire

/// Takes in what came of a request that was made for a step.
package struct FinishFetch: AnswerCommand {
    package let key: QueueItem.Key
    package let lease: ULID
    private let outcome: FetchOutcome
    package let status: Int?

    /// - Parameter status: the HTTP status; nil when there was no answer.
    package init(_ key: QueueItem.Key, lease: ULID, outcome: FetchOutcome, status: Int? = nil) {
        self.key = key
        self.lease = lease
        self.outcome = outcome
        self.status = status
    }

    package func name(in footprint: inout Footprint) {
        guard let run = key.run else { return }
        footprint.runs.insert(run)
        footprint.queueItems.insert(key)
    }

    package func apply(to transaction: Transaction, settings: EngineSettings) throws -> FinishCall.Outcome {
        guard case .step(let step) = key, let run = try transaction.run(step.run), !run.hasEnded,
            let item = try transaction.queueItem(key), item.lease == lease
        else { return .stale }
        var answer = Answer(item: item, run: run, transaction: transaction, settings: settings, status: status)
        try answer.apply(outcome, to: step.step)
        return .applied
    }
}

/// What came of a request for a step.
package enum FetchOutcome: Sendable {
    case data(JSON)
    case failed(ReportedError, retriable: Bool, retryAfter: RetryAfter?)
}

extension Answer {
    fileprivate mutating func apply(_ outcome: FetchOutcome, to step: StepID) throws {
        switch outcome {
        case .data(let data):
            recordCall()
            try finish(Op(.stepRun, id: step, displayName: item.label, data: data))
        case .failed(let error, let retriable, let retryAfter):
            let retryAt = retriable ? try retry(after: retryAfter) : nil
            recordCall(error: error.json, retryAt: retryAt)
            if let retryAt {
                transaction.record(
                    .stepErrored, &run, step: step, attempt: item.attempt,
                    detail: [
                        "error": error.json, "label": .string(item.label), "retry_at": .string(retryAt.description),
                    ])
            } else {
                try finish(Op(.stepFailed, id: step, displayName: item.label, error: error.json))
            }
        }
        transaction.update(run)
    }

    private mutating func finish(_ op: Op) throws {
        try transaction.finish(op.id, of: &run, label: item.label, value: recordOutcome(op))
    }
}
