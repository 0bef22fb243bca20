import JSON
import Wire

/// One thing that happened to a run, written in the transaction in which it happened.
package struct HistoryEntry: Hashable, Sendable {
    package let run: ULID
    /// From 0 in each run.
    package let number: Int
    package let at: Timestamp
    package let kind: Kind
    package let step: StepID?
    package let attempt: Int?
    /// What belongs to this kind: times, errors, names.
    package let detail: JSON

    package init(
        run: ULID, number: Int, at: Timestamp, kind: Kind, step: StepID? = nil, attempt: Int? = nil, detail: JSON
    ) {
        self.run = run
        self.number = number
        self.at = at
        self.kind = kind
        self.step = step
        self.attempt = attempt
        self.detail = detail
    }

    /// The names are stored and shown by the API.
    package enum Kind: String, Sendable, CaseIterable {
        case runQueued = "run.queued"
        /// The run goes on from a step of another one: `{steps_kept, input?}`.
        case runRerun = "run.rerun"
        case runStarted = "run.started"
        case runCompleted = "run.completed"
        case runFailed = "run.failed"
        case runCancelled = "run.cancelled"
        /// The run was recorded and not carried out: `{reason, …}`.
        case runSkipped = "run.skipped"
        /// A call to the app ended: `{started_at, queued_at, status?, error?, retry_at?}`.
        case call = "call"
        case stepPlanned = "step.planned"
        case stepCompleted = "step.completed"
        /// A step failed and will be tried again: `{error, retry_at}`.
        case stepErrored = "step.errored"
        /// A step failed for good: `{error}`.
        case stepFailed = "step.failed"
        case sleepStarted = "sleep.started"
        case sleepEnded = "sleep.ended"
        case waitStarted = "wait.started"
        case waitMatched = "wait.matched"
        case waitTimedOut = "wait.timed_out"
        case invokeStarted = "invoke.started"
        case invokeEnded = "invoke.ended"
        case invokeTimedOut = "invoke.timed_out"
        case signalAwaited = "signal.awaited"
        case signalReceived = "signal.received"
        case signalTimedOut = "signal.timed_out"
        /// Another step waits for the signal now; this one waits for its time alone: `{by_run}`.
        case signalReplaced = "signal.replaced"
        case deferAdded = "defer.added"
        case deferAborted = "defer.aborted"
        /// It can't be started: `{error}`. The run goes on.
        case deferRejected = "defer.rejected"
        case deferStarted = "defer.started"
        /// Something was noted about the run or a step: `{kind, op, values}`.
        case metadata = "metadata"
        /// The process that had made the call is gone: the call is due again.
        case leaseLost = "lease.lost"
    }
}
