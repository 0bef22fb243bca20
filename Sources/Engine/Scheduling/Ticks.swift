import JSON
import Wire

extension Transaction {
    /// A schedule's time has come: starts its function and plans the next tick.
    ///
    /// Ticks that came due while no orchestrator ran are not made up for, but for the latest where it is not later than
    /// a restart takes. So none is lost over a restart, and none comes in a heap.
    func tick(_ timer: QueueItem, _ functionID: NameUUID, _ expression: String) throws {
        guard let function = catalog.functions[functionID], function.archivedAt == nil,
            let schedule = function.config.schedules.first(where: { $0.expression == expression }),
            let ticks = Ticks(schedule, of: functionID)
        else { return removeQueueItem(timer.key) }
        let tick = ticks.latest(from: Tick(scheduledAt: timer.queuedAt, fireAt: timer.dueAt), at: now)
        let key = IdempotencyKey(function: functionID, value: "cron:\(expression):\(tick.scheduledAt)")
        if tick.fireAt + Limits.cronGrace >= now, try take(key, for: Limits.idempotencyPeriod) {
            let event = Event(
                internalID: newID(), name: InternalEvent.cronTick,
                data: [
                    "cron": .string(expression), "fireAt": .string(tick.fireAt.description),
                    "scheduledAt": .string(tick.scheduledAt.description),
                ],
                time: tick.fireAt, senderID: tick.scheduledAt.description)
            try take(in: event, starting: [function], cause: .cron(expression))
        }
        plan(schedule, for: function, after: max(tick.scheduledAt, Ticks.horizon(at: now)))
    }

    /// Queues the next tick of a schedule.
    ///
    /// - Parameter last: the tick that it comes after; nil for now.
    package func plan(_ schedule: FunctionConfig.Schedule, for function: FunctionRecord, after last: Timestamp? = nil) {
        let key = QueueItem.Key.cron(function.id, expression: schedule.expression)
        guard let next = Ticks(schedule, of: function.id)?.next(after: last ?? now) else {
            return removeQueueItem(key)
        }
        put(
            QueueItem(
                key: key, work: .cronTick, functionID: function.id, label: function.config.name,
                queuedAt: next.scheduledAt, dueAt: next.fireAt))
    }
}

/// A time that a schedule selects, and when its run starts: later by the jitter.
struct Tick: Hashable {
    let scheduledAt: Timestamp
    let fireAt: Timestamp
}

/// The ticks of a function's schedule.
struct Ticks {
    private let cron: CronSchedule
    private let jitter: Duration
    private let seed: String

    init?(_ schedule: FunctionConfig.Schedule, of function: NameUUID) {
        guard let cron = try? CronSchedule(schedule.expression) else { return nil }
        self.cron = cron
        jitter = schedule.jitter ?? .zero
        seed = "\(function)\n\(schedule.expression)"
    }

    func next(after time: Timestamp) -> Tick? { cron.next(after: time).map(tick) }

    /// A tick with its jitter, which never reaches the tick after it.
    private func tick(_ time: Timestamp) -> Tick {
        guard jitter > .zero else { return Tick(scheduledAt: time, fireAt: time) }
        let limit = cron.next(after: time).map { min(jitter, $0 - time) } ?? jitter
        return Tick(scheduledAt: time, fireAt: time + cron.jitter(for: time, within: limit, seed: seed))
    }

    /// Ticks before this time are missed in any case.
    static func horizon(at now: Timestamp) -> Timestamp {
        let reach = Limits.cronGrace + FunctionConfig.jitters.upperBound
        return Timestamp(milliseconds: now.milliseconds - reach.milliseconds)
    }

    /// The last tick from a planned one on that is to have started by now.
    func latest(from planned: Tick, at now: Timestamp) -> Tick {
        var latest = planned
        var time = max(planned.scheduledAt, Self.horizon(at: now))
        while let next = next(after: time), next.fireAt <= now {
            latest = next
            time = next.scheduledAt
        }
        return latest
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
