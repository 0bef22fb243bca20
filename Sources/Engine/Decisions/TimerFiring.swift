import JSON
import Wire

extension Transaction {
    /// Loads what timers will change.
    func load(timers: [QueueItem]) throws {
        let runs = Set(timers.compactMap(\.key.run))
        var footprint = Footprint(runs: runs)
        footprint.queueItems = Set(runs.map { .run($0) })
        footprint.waits = Set(timers.compactMap { if case .step(let key) = $0.key { key } else { nil } })
        try load(footprint)
    }

    /// Does what a timer was set for.
    func fire(_ timer: QueueItem) throws {
        // One that was fired before it may have ended what it was for.
        guard try queueItem(timer.key) == timer else { return }
        if timer.stage == .coming { return try arrive(timer) }
        switch timer.key {
        case .cron(let function, let expression): try tick(timer, function, expression)
        case .gate(let id): try openGate(timer, id)
        case .rule(let key): try endCollection(key, timer)
        case .function(let id):
            if let function = catalog.functions[id] { endPause(function) } else { removeQueueItem(timer.key) }
        case .job(let id): try work(on: id)
        case .runTimer(let id, _):
            guard var run = try run(id), !run.hasEnded else { return removeQueueItem(timer.key) }
            try cancelLate(&run, timer)
        case .run, .step:
            guard let runID = timer.key.run, let step = timer.key.step, var run = try run(runID), !run.hasEnded else {
                return removeQueueItem(timer.key)
            }
            if timer.work == .wake {
                record(.sleepEnded, &run, step: step)
                try finish(step, of: &run, label: timer.label, value: .null)
            } else {
                try timeOut(step, of: &run, label: timer.label)
            }
            update(run)
        }
    }

    private func endCollection(_ key: RuleKey, _ timer: QueueItem) throws {
        removeQueueItem(timer.key)
        // What an app no longer registers still starts, and says so.
        guard let function = catalog.functions[key.function] else { return removeRuleState(key) }
        if key.rule == .batch { try endBatch(key, function) } else { try endDebounce(key, function) }
    }

    private func timeOut(_ step: StepID, of run: inout Run, label: String) throws {
        let wait = try wait(StepKey(run: run.id, step: step))
        if case .invocation = wait?.target {
            record(.invokeTimedOut, &run, step: step)
            let error = ReportedError(
                name: "InngestInvokeTimeoutError",
                message: "Timed out waiting for invoked function to complete")
            try finish(step, of: &run, label: label, value: ["error": error.json])
        } else {
            var kind = HistoryEntry.Kind.waitTimedOut
            if case .signal = wait?.target { kind = .signalTimedOut }
            record(kind, &run, step: step)
            try finish(step, of: &run, label: label, value: .null)
        }
    }
}
