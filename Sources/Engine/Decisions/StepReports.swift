import Expressions
import JSON
import Wire

extension Answer {
    /// Applies the steps that an app reported.
    mutating func report(_ ops: [Op], retryAfter: RetryAfter?) throws {
        // A wait has to exist before another step of the same answer sends its event.
        let ordered = ops.filter { $0.code == .waitForEvent } + ops.filter { $0.code != .waitForEvent }
        if let refused = ordered.first(where: { !Self.supported.contains($0.code) }) {
            return try fail(
                ReportedError(
                    name: "UnsupportedStep",
                    message: "step '\(refused.label)': this orchestrator does not do \(refused.code.rawValue) steps"),
                retriable: false, retryAfter: nil)
        }
        release()
        recordCall()
        var progressed = false
        for op in ordered {
            switch op.code {
            case .stepRun, .step, .stepFailed, .stepError:
                progressed = try finishReported(op, retryAfter: retryAfter) || progressed
            case .runComplete:
                return try transaction.end(&run, .completed, output: op.data ?? .null)
            case .none: break
            case .discoveryRequest: progressed = true
            default: try begin(op)
            }
            if run.hasEnded { return }
        }
        if run.pending > 1 { run.forcePlan = true }
        try goOn(progressed: progressed)
    }

    private static let supported: Set<Op.Code> = [
        .none, .step, .stepRun, .stepError, .stepFailed, .stepPlanned, .sleep, .waitForEvent, .invokeFunction,
        .runComplete, .discoveryRequest,
    ]

    /// The item has been answered and leaves the queue, unless something below puts it back.
    private func release() {
        if item.work == .discover { transaction.removeQueueItem(item.key) }
    }

    /// After all ops: something of the run has to be in the queue, or it would stay for ever.
    private mutating func goOn(progressed: Bool) throws {
        let key = QueueItem.Key.run(run.id)
        if progressed || item.again {
            try transaction.discover(&run)
        } else if item.work == .runStep, try transaction.queueItem(item.key)?.lease == item.lease {
            // The app answered for other steps than the one it was asked to run.
            return try fail(
                ReportedError(
                    name: "StepNotReported",
                    message: "the app was asked to run step '\(item.label)' and did not report on it; "
                        + "its code reaches other steps than before, or has other ids"),
                retriable: true, retryAfter: nil)
        } else if run.pending == 0, try transaction.queueItem(key) == nil {
            return try fail(
                ReportedError(
                    name: "NoProgress",
                    message: "the app reported no step, did not return, and nothing is in flight for this run"),
                retriable: true, retryAfter: nil)
        }
        transaction.update(run)
    }

    // MARK: Steps that ran

    /// Returns whether the function can go on now.
    private mutating func finishReported(_ op: Op, retryAfter: RetryAfter?) throws -> Bool {
        let key = StepKey(run: run.id, step: op.id)
        guard try !transaction.isFinished(key) else { return false }
        if op.code == .stepError, op.error?["noRetry"]?.bool != true, let retryAt = retry(after: retryAfter) {
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

    /// Puts a step in flight, unless it is already, or is finished.
    private mutating func begin(_ op: Op) throws {
        let key = StepKey(run: run.id, step: op.id)
        guard try transaction.queueItem(.step(key)) == nil, try !transaction.isFinished(key) else { return }
        switch op.code {
        case .stepPlanned:
            transaction.record(.stepPlanned, &run, step: op.id, detail: ["label": .string(op.label)])
            enqueue(op, .runStep, at: transaction.now)
        case .sleep: try sleep(op)
        case .waitForEvent: try wait(op)
        default: try invoke(op, key)
        }
    }

    mutating func enqueue(_ op: Op, _ work: QueueItem.Work, at due: Timestamp) {
        transaction.put(
            QueueItem(
                key: .step(StepKey(run: run.id, step: op.id)), work: work, functionID: run.functionID,
                label: op.label, queuedAt: transaction.now, dueAt: due,
                race: op.options?["parallelMode"]?.string == "race"))
        run.pending += 1
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
        enqueue(op, .wake, at: max(until, transaction.now))
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
                index = WaitIndex.keys(of: try Expression.compile(source), trigger: trigger?.json)
            } catch let error as ExpressionError {
                return try refuse(op, "opts.if: \(error)")
            }
        }
        let key = StepKey(run: run.id, step: op.id)
        transaction.record(
            .waitStarted, &run, step: op.id,
            detail: [
                "event": .string(event), "if": source.map(JSON.string), "label": .string(op.label),
                "until": .string(expires.description),
            ])
        transaction.insert(
            Wait(
                key: key, label: op.label, registeredAt: transaction.now, expiresAt: expires,
                target: .event(name: event, expression: source, index: index)))
        enqueue(op, .timeOut, at: expires)
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
        try fail(
            ReportedError(name: name, message: "step '\(op.label)': \(reason)"), retriable: false, retryAfter: nil)
    }
}
