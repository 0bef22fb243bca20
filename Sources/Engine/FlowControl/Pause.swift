import JSON
import Wire

extension Transaction {
    /// Records that a paused function was not started.
    func skipPaused(_ function: FunctionRecord, _ event: Event, _ cause: RunCause) throws -> Decision {
        let state: JSON = ["since": function.pausedAt.map { .string($0.description) }]
        let run = skip(
            function, [event], cause, by: .paused,
            text: "the function was paused when the event came; replay the run to make up for it", state: state)
        return Decision(function: function.id, gate: .paused, run: run, state: state)
    }

    /// Records a run that is not carried out: it has ended before it began, and can be replayed.
    ///
    /// - Parameters:
    ///   - gate: what stopped it.
    ///   - batch: what had collected the events.
    func skip(
        _ function: FunctionRecord, _ events: [Event], _ cause: RunCause, batch: ULID? = nil, by gate: Decision.Gate,
        text: String, state: JSON
    ) -> ULID {
        let reason = gate.skipReason ?? gate.rawValue
        var run = Run(
            id: newID(), functionID: function.id, eventIDs: events.map(\.internalID), createdAt: now, scheduledFor: now,
            cron: cause.cron, batchID: batch)
        run.status = .skipped
        run.endedAt = now
        run.output = ReportedError(name: reason, message: text).json
        let trigger = events.first.map { JSON.string($0.name) }
        record(.runSkipped, &run, detail: state.merging(["event": trigger, "reason": .string(reason)]))
        insert(run)
        return run.id
    }

    /// The time that the runs of a paused function had is over.
    func endPause(_ function: FunctionRecord) {
        removeQueueItem(.function(function.id))
        guard let pausedAt = function.pausedAt else { return }
        var selection = RunSelection(functions: [function.id], statuses: Run.Status.live)
        selection.pausedSince = pausedAt
        start(BulkJob(id: newID(), kind: .cancel, selection: selection, createdAt: now, reason: "paused"))
    }
}
