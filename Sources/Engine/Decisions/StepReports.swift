import Expressions
import JSON
import Wire

extension Answer {
    /// Applies the steps that an app reported.
    mutating func report(_ ops: [Op], retryAfter: RetryAfter?) throws {
        // A wait has to exist before another step of the same answer sends its event.
        let ordered = ops.filter { $0.code == .waitForEvent } + ops.filter { $0.code != .waitForEvent }
        if let (error, retriable) = try objection(to: ordered) {
            return try fail(error, retriable: retriable, retryAfter: nil)
        }
        // The item has been answered and leaves the queue, unless something below puts it back.
        if item.work == .discover { transaction.removeQueueItem(item.key) }
        recordCall()
        var (progressed, settled) = (item.again, false)
        for op in ordered {
            switch op.code {
            case .stepRun, .step, .stepFailed, .stepError:
                progressed = try finishReported(op, retryAfter: retryAfter) || progressed
            case .runComplete:
                return try transaction.end(&run, .completed, output: op.data ?? .null)
            case .none: break
            case .discoveryRequest: progressed = true
            default: settled = try begin(op) || settled
            }
            if run.hasEnded { return }
        }
        if run.pending > 1 { run.forcePlan = true }
        if progressed || (settled && run.goesOn) { try transaction.discover(&run) }
        transaction.update(run)
    }

    private static let supported: Set<Op.Code> = [
        .none, .step, .stepRun, .stepError, .stepFailed, .stepPlanned, .sleep, .waitForEvent, .invokeFunction,
        .runComplete, .discoveryRequest,
    ]

    private static let finishing: Set<Op.Code> = [.step, .stepRun, .stepError, .stepFailed]

    /// Why an answer can't be taken in at all, and whether another call may bring a better one. What is taken in
    /// leaves something in the queue, or the run would stay for ever.
    private func objection(to ops: [Op]) throws -> (ReportedError, retriable: Bool)? {
        if let op = ops.first(where: { !Self.supported.contains($0.code) }) {
            let message = "step '\(op.label)': this orchestrator does not do \(op.code.rawValue) steps"
            return (ReportedError(name: "UnsupportedStep", message: message), false)
        }
        if ops.contains(where: { $0.code == .runComplete }) { return nil }
        if item.work == .runStep {
            if ops.contains(where: { $0.id == item.key.step && Self.finishing.contains($0.code) }) { return nil }
            let message =
                "the app was asked to run step '\(item.label)' and did not report on it; "
                + "its code reaches other steps than before, or has other ids"
            return (ReportedError(name: "StepNotReported", message: message), true)
        }
        guard run.pending == 0, !item.again, try ops.allSatisfy({ try isIdle($0) }) else { return nil }
        let message = "the app reported no step, did not return, and nothing is in flight for this run"
        return (ReportedError(name: "NoProgress", message: message), true)
    }

    private func isIdle(_ op: Op) throws -> Bool {
        switch op.code {
        case .none: true
        case .discoveryRequest: false
        default: try transaction.isFinished(StepKey(run: run.id, step: op.id))
        }
    }

    // MARK: Steps that ran

    /// Returns whether the function can go on now.
    private mutating func finishReported(_ op: Op, retryAfter: RetryAfter?) throws -> Bool {
        let key = StepKey(run: run.id, step: op.id)
        guard try !transaction.isFinished(key) else { return false }
        // Only the step that the call was for can be put back with it; another is found again.
        if op.code == .stepError, item.work == .runStep, op.id != item.key.step { return false }
        if op.code == .stepError, op.error?["noRetry"]?.bool != true, let retryAt = try retry(after: retryAfter) {
            transaction.record(
                .stepErrored, &run, step: op.id, attempt: item.attempt,
                detail: ["error": op.error, "label": .string(op.label), "retry_at": .string(retryAt.description)])
            return false
        }
        let failed = op.code == .stepError || op.code == .stepFailed
        let value: JSON =
            switch op.code {
            case .step: op.data ?? .null
            case .stepRun: ["data": op.data ?? .null]
            default: ["error": ReportedError(op.error ?? .null).json]
            }
        transaction.record(
            failed ? .stepFailed : .stepCompleted, &run, step: op.id, attempt: item.attempt,
            detail: [
                "error": failed ? op.error : nil, "input": op.options?["input"], "label": .string(op.label),
                "timing": op.timing, "type": op.options?["type"],
            ])
        if try transaction.queueItem(.step(key)) != nil {
            try transaction.finish(op.id, of: &run, label: op.label, value: value)
            return false
        }
        return try transaction.memoize(op.id, of: &run, label: op.label, value: value)
    }

    // MARK: Steps that were found

    /// Puts a step in flight, unless it is already, or is finished. Returns whether it finished at once.
    private mutating func begin(_ op: Op) throws -> Bool {
        let key = StepKey(run: run.id, step: op.id)
        guard try transaction.queueItem(.step(key)) == nil, try !transaction.isFinished(key) else { return false }
        guard run.stepCount + run.pending < Limits.stepsPerRun else {
            try transaction.end(&run, .failed, output: ReportedError.tooManySteps.json)
            return false
        }
        switch op.code {
        case .stepPlanned:
            transaction.record(.stepPlanned, &run, step: op.id, detail: ["label": .string(op.label)])
            try enqueue(op, .runStep, at: transaction.now)
        case .sleep: try sleep(op)
        case .waitForEvent: try wait(op)
        default: return try invoke(op, key)
        }
        return false
    }

    mutating func enqueue(_ op: Op, _ work: QueueItem.Work, at due: Timestamp) throws {
        let race = op.options?["parallelMode"]?.string == "race"
        let item = QueueItem(
            key: .step(StepKey(run: run.id, step: op.id)), work: work, functionID: run.functionID, label: op.label,
            queuedAt: transaction.now, dueAt: due, race: race)
        if work.isCall { try transaction.enqueue(item, of: &run) } else { transaction.put(item) }
        run.pending += 1
        if race { run.racing += 1 }
    }

    private mutating func sleep(_ op: Op) throws {
        let text = op.options?["duration"]?.string ?? op.name ?? ""
        let until: Timestamp
        if text.isEmpty {
            until = transaction.now
        } else if let duration = TimeString.parse(text) {
            until = transaction.now + duration
        } else if let time = Timestamp(rfc3339: text) {
            until = time
        } else {
            return try refuse(op, "'\(text)' is neither a duration such as 1d2h30m nor an RFC 3339 time")
        }
        guard until <= transaction.now + Limits.longestWait else {
            return try refuse(op, "sleeps until \(until), longer than 366 days", name: "InngestErrTimeoutTooLong")
        }
        transaction.record(
            .sleepStarted, &run, step: op.id,
            detail: ["label": .string(op.label), "until": .string(until.description)])
        try enqueue(op, .wake, at: max(until, transaction.now))
    }

    private mutating func wait(_ op: Op) throws {
        guard let event = op.options?["event"]?.string ?? op.name, !event.isEmpty else {
            return try refuse(op, "opts.event: the name of an event is expected")
        }
        guard let expires = try expiry(op, default: Limits.longestWait) else { return }
        let source = op.options?["if"]?.string.flatMap { $0.isEmpty ? nil : $0 }
        var index = [Wait.IndexKey.any]
        if let source {
            do {
                let trigger = try transaction.events(Array(run.eventIDs.prefix(1))).first
                index = Wait.IndexKey.keys(of: try Expression.compile(source), trigger: trigger?.json)
            } catch let error as ExpressionError {
                return try refuse(op, "opts.if: \(error)")
            }
        }
        let key = StepKey(run: run.id, step: op.id)
        transaction.record(
            .waitStarted, &run, step: op.id,
            detail: [
                "event": .string(event), "if": source.map(JSON.string),
                "indexed": source != nil && index == [.any] ? false : nil, "label": .string(op.label),
                "until": .string(expires.description),
            ])
        transaction.insert(
            Wait(
                key: key, label: op.label, registeredAt: transaction.now, expiresAt: expires,
                target: .event(name: event, expression: source, index: index)))
        try enqueue(op, .timeOut, at: expires)
    }

    /// When a wait gives up; nil where the run was failed for it.
    mutating func expiry(_ op: Op, default longest: Duration) throws -> Timestamp? {
        guard let text = op.options?["timeout"]?.string, !text.isEmpty else { return transaction.now + longest }
        guard let time = TimeString.parse(text).map({ transaction.now + $0 }) ?? Timestamp(rfc3339: text) else {
            try refuse(op, "opts.timeout: '\(text)' is neither a duration such as 3d nor an RFC 3339 time")
            return nil
        }
        guard time <= transaction.now + Limits.longestWait else {
            try refuse(op, "waits until \(time), longer than 366 days", name: "InngestErrTimeoutTooLong")
            return nil
        }
        return max(time, transaction.now)
    }

    /// A step that can't be begun as it was reported fails the run: the same code would report the same again.
    mutating func refuse(_ op: Op, _ reason: String, name: String = "InvalidStep") throws {
        let error = ReportedError(name: name, message: "step '\(op.label)': \(reason)")
        try transaction.end(&run, .failed, output: error.json)
    }
}
