import JSON
import Wire

/// Takes in what came of a call: the app's answer, or that there was none.
package struct FinishCall: AnswerCommand {
    package let key: QueueItem.Key
    package let lease: ULID
    private let outcome: CallOutcome
    package let status: Int?
    private let requestVersion: Int?

    /// - Parameters:
    ///   - status: the HTTP status; nil when there was no answer.
    ///   - requestVersion: what the app said in `X-Inngest-Req-Version`.
    package init(
        _ key: QueueItem.Key, lease: ULID, outcome: CallOutcome, status: Int? = nil, requestVersion: Int? = nil
    ) {
        self.key = key
        self.lease = lease
        self.outcome = outcome
        self.status = status
        self.requestVersion = requestVersion
    }

    /// What an answer counted for.
    package enum Outcome: Sendable {
        case applied
        /// The lease was no longer held, or the run had ended: the answer changed nothing.
        case stale
    }

    package func apply(to transaction: Transaction, settings: EngineSettings) throws -> Outcome {
        guard let runID = key.run, var run = try transaction.run(runID),
            let open = try transaction.queueItem(key), open.lease == lease
        else { return .stale }
        transaction.answered = key
        defer { transaction.answered = nil }
        guard !run.hasEnded else {
            try transaction.drain(open, of: run)
            return .stale
        }
        let item = try transaction.letGo(of: open)
        if let requestVersion { run.requestVersion = requestVersion }
        var answer = Answer(item: item, run: run, transaction: transaction, settings: settings, status: status)
        switch outcome {
        case .returned(let output):
            answer.recordCall()
            try answer.transaction.end(&answer.run, .completed, output: output)
        case .failed(let error, let retriable, let retryAfter):
            try answer.fail(error, retriable: retriable, retryAfter: retryAfter)
        case .ops(let ops, let retryAfter):
            try answer.report(ops, retryAfter: retryAfter)
        }
        return .applied
    }
}

extension FinishCall {
    package func foresee(in foresight: inout Foresight, of transaction: Transaction) {
        let mayEnd =
            switch outcome {
            case .returned, .failed: true
            case .ops(let ops, _): ops.contains { $0.code == .runComplete || $0.code == .syncRunComplete }
            }
        foresight.note(slotsOf: key, mayEnd: mayEnd, of: transaction)
    }

    package func name(in footprint: inout Footprint) {
        guard let run = key.run else { return }
        footprint.runs.insert(run)
        footprint.eventsOfRuns.insert(run)
        footprint.queueItems.formUnion([key, .run(run)])
        // Its run may end.
        footprint.waitPaths.formUnion([
            InternalEvent.functionFinished, InternalEvent.functionFailed, InternalEvent.functionCancelled,
        ])
        if case .step(let step) = key { footprint.waits.insert(step) }
        guard case .ops(let ops, _) = outcome else { return }
        for op in ops {
            let step = StepKey(run: run, step: op.id)
            footprint.steps.insert(step)
            footprint.queueItems.insert(.step(step))
        }
    }
}

/// An answer while it is being applied.
struct Answer {
    let item: QueueItem
    var run: Run
    let transaction: Transaction
    let settings: EngineSettings
    let status: Int?

    /// Writes down the call: when it was queued, when it began, how it was answered.
    mutating func recordCall(error: JSON? = nil, retryAt: Timestamp? = nil) {
        transaction.record(
            .call, &run, step: item.key.step, attempt: item.attempt,
            detail: [
                "due_at": .string(item.dueAt.description), "error": error,
                "queued_at": .string(item.queuedAt.description), "retry_at": retryAt.map { .string($0.description) },
                "started_at": item.leasedAt.map { .string($0.description) }, "status": status.map(JSON.int),
            ])
    }

    /// The call failed as a whole: it is repeated, or the run fails.
    mutating func fail(_ error: ReportedError, retriable: Bool, retryAfter: RetryAfter?) throws {
        if retriable, let retryAt = try retry(after: retryAfter) {
            recordCall(error: error.json, retryAt: retryAt)
            transaction.update(run)
        } else {
            recordCall(error: error.json)
            try transaction.end(&run, .failed, output: error.json)
        }
    }

    /// Puts the item back for another attempt. Nil when there is none left.
    mutating func retry(after requested: RetryAfter?) throws -> Timestamp? {
        let maxAttempts = transaction.catalog.functions[run.functionID]?.maxAttempts ?? 1
        guard item.attempt + 1 < maxAttempts else { return nil }
        let now = transaction.now
        let retryAt: Timestamp
        if let requested {
            let range = (now + Limits.retryAfter.lowerBound)...(now + Limits.retryAfter.upperBound)
            retryAt = min(max(requested.time(from: now), range.lowerBound), range.upperBound)
        } else {
            retryAt = now + settings.backoff.delay(afterAttempt: item.attempt, ids: &transaction.ids)
        }
        var next = item
        next.attempt += 1
        next.queuedAt = now
        next.dueAt = retryAt
        next.lease = nil
        next.leasedAt = nil
        next.again = false
        try transaction.enqueue(next, of: &run)
        return retryAt
    }
}
