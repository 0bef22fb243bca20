import JSON
import Wire

extension Transaction {
    /// A run has been created: it must have begun in time.
    func watchStart(of run: Run, _ function: FunctionRecord) {
        guard let limit = function.config.flow.timeouts.start else { return }
        watch(run, function, .startTimeout, until: run.scheduledFor + limit)
    }

    /// A run has begun: it must have ended in time.
    func began(_ run: Run, _ function: FunctionRecord) {
        let timeouts = function.config.flow.timeouts
        if timeouts.start != nil { removeQueueItem(.runTimer(run.id, .startTimeout)) }
        guard let limit = timeouts.finish else { return }
        watch(run, function, .finishTimeout, until: now + limit)
    }

    private func watch(_ run: Run, _ function: FunctionRecord, _ work: QueueItem.Work, until due: Timestamp) {
        put(
            QueueItem(
                key: .runTimer(run.id, work), work: work, functionID: function.id, label: function.config.name,
                queuedAt: now, dueAt: due))
    }

    /// A run has taken too long.
    func cancelLate(_ run: inout Run, _ timer: QueueItem) throws {
        removeQueueItem(timer.key)
        // The rule may have gone since the run was created, and so nobody took the timer away.
        guard timer.work == .finishTimeout || run.status == .scheduled else { return }
        let isStart = timer.work == .startTimeout
        let limit = TimeString.format(timer.dueAt - (isStart ? run.scheduledFor : timer.queuedAt))
        try end(
            &run, .cancelled, output: nil,
            detail: [
                "limit": .string(limit), "reason": isStart ? "start_timeout" : "finish_timeout",
                "text": .string(isStart ? "it had not begun within \(limit)" : "it had not ended within \(limit)"),
            ])
    }
}
