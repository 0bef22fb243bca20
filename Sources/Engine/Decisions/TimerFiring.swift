import JSON
import Wire

extension Transaction {
    /// Does what a timer was set for.
    func fire(_ timer: QueueItem) throws {
        // One that was fired before it may have ended what it was for.
        guard try queueItem(timer.key) == timer else { return }
        if timer.stage == .coming { return try arrive(timer) }
        switch timer.key {
        case .cron(let function, let expression): try tick(timer, function, expression)
        case .gate(let id): try openGate(timer, id)
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

    /// Starts a function for its schedule and plans the next tick, counted from now: ticks missed while nobody was
    /// there are not made up for.
    private func tick(_ timer: QueueItem, _ functionID: NameUUID, _ expression: String) throws {
        guard let function = catalog.functions[functionID], function.archivedAt == nil,
            let schedule = function.config.schedules.first(where: { $0.expression == expression })
        else { return removeQueueItem(timer.key) }
        let event = Event(
            internalID: newID(), name: InternalEvent.cronTick,
            data: [
                "cron": .string(expression), "fireAt": .string(timer.dueAt.description),
                "scheduledAt": .string(timer.dueAt.description),
            ],
            time: timer.dueAt, senderID: timer.dueAt.description)
        try take(in: event, starting: [function], cause: .cron(expression))
        plan(schedule, for: function)
    }

    /// Queues the next tick of a schedule.
    package func plan(_ schedule: FunctionConfig.Schedule, for function: FunctionRecord) {
        let key = QueueItem.Key.cron(function.id, expression: schedule.expression)
        guard let cron = try? CronSchedule(schedule.expression), let next = cron.next(after: now) else {
            return removeQueueItem(key)
        }
        put(
            QueueItem(
                key: key, work: .cronTick, functionID: function.id, label: function.config.name, queuedAt: now,
                dueAt: next))
    }
}

extension FunctionConfig {
    /// A trigger that is a time.
    package struct Schedule: Hashable, Sendable {
        package let expression: String
        package let jitter: Duration?
    }

    package var schedules: [Schedule] {
        triggers.compactMap {
            if case .cron(let expression, let jitter) = $0 {
                Schedule(expression: expression, jitter: jitter)
            } else {
                nil
            }
        }
    }
}
