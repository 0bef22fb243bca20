import Expressions
import JSON
import Wire

extension Answer {
    /// Applies the steps that an app reported.
    mutating func report(_ ops: [Op], retryAfter: RetryAfter?) throws {
        let ordered = Self.inOrderOfWork(ops)
        if let error = try objection(to: ordered) {
            return try fail(error, retriable: true, retryAfter: nil)
        }
        // The item has been answered and leaves the queue, unless something below puts it back.
        if item.work == .discover { transaction.removeQueueItem(item.key) }
        recordCall()
        let goesOn = try apply(ordered, retryAfter: retryAfter) || item.again
        if run.hasEnded { return }
        if run.pending > 1 { run.forcePlan = true }
        if goesOn { try transaction.discover(&run) }
        transaction.update(run)
    }

    /// Applies reports one after the other. Returns whether the function can go on now.
    mutating func apply(_ ops: [Op], retryAfter: RetryAfter?) throws -> Bool {
        try transaction.loadFinished(ops.map(\.id), of: run.id)
        var (progressed, settled) = (false, false)
        let deferred = run.deferCount
        for op in ops {
            switch op.code {
            case .stepRun, .step, .stepFailed, .stepError:
                progressed = try finishReported(op, retryAfter: retryAfter) || progressed
            case .runComplete, .syncRunComplete: try transaction.end(&run, .completed, output: op.data ?? .null)
            case .none, .discoveryRequest: break
            case .deferAdd, .deferAbort: try postpone(op)
            default: settled = try begin(op) || settled
            }
            if run.hasEnded { return false }
        }
        // Who only defers waits for nothing.
        let onlyDeferred = run.deferCount > deferred && run.pending == 0
        return progressed || (settled && run.goesOn) || onlyDeferred
    }

    /// A wait has to exist before another step of the same answer sends its event; what ends the run comes last.
    static func inOrderOfWork(_ ops: [Op]) -> [Op] {
        func rank(_ op: Op) -> Int {
            switch op.code {
            case .waitForEvent, .waitForSignal, .deferAdd, .deferAbort: 0
            case .runComplete, .syncRunComplete: 2
            default: 1
            }
        }
        return ops.enumerated().sorted { (rank($0.element), $0.offset) < (rank($1.element), $1.offset) }.map(\.element)
    }

    private static let finishing: Set<Op.Code> = [.step, .stepRun, .stepError, .stepFailed]

    /// Why an answer can't be taken in, though another call may bring a better one. What is taken in leaves something
    /// in the queue, or the run would stay for ever.
    private func objection(to ops: [Op]) throws -> ReportedError? {
        if ops.contains(where: { $0.code == .runComplete || $0.code == .syncRunComplete }) { return nil }
        if item.work == .runStep {
            if ops.contains(where: { $0.id == item.key.step && Self.finishing.contains($0.code) }) { return nil }
            return ReportedError(
                name: "StepNotReported",
                message: "the app was asked to run step '\(item.label)' and did not report on it; "
                    + "its code reaches other steps than before, or has other ids")
        }
        guard run.pending == 0, !item.again, try ops.allSatisfy({ try isIdle($0) }) else { return nil }
        let asked = ops.contains { $0.code == .discoveryRequest }
        return ReportedError(
            name: "NoProgress",
            message: asked
                ? "the app asked to be called again and had done nothing in this call, and nothing is in flight"
                : "the app reported no step, did not return, and nothing is in flight for this run")
    }

    /// Whether a report brings the run no further.
    private func isIdle(_ op: Op) throws -> Bool {
        switch op.code {
        case .none, .discoveryRequest, .deferAbort: true
        case .deferAdd: try !isNewDefer(op)
        default: try transaction.isFinished(StepKey(run: run.id, step: op.id))
        }
    }

    // MARK: Steps that ran

    /// Returns whether the function can go on now.
    private mutating func finishReported(_ op: Op, retryAfter: RetryAfter?) throws -> Bool {
        let key = StepKey(run: run.id, step: op.id)
        guard try !transaction.isFinished(key) else { return false }
        let isAsked = op.id == item.key.step
        // What is in flight by itself ends by itself: another call, a sleep or a wait. And only the step that the call
        // was for can be put back with it; another is found again.
        if !isAsked, try isInFlight(key) || (op.code == .stepError && item.work == .runStep) { return false }
        if op.code == .stepError, op.error?["noRetry"]?.bool != true, let retryAt = try retry(after: retryAfter) {
            transaction.record(
                .stepErrored, &run, step: op.id, attempt: item.attempt,
                detail: ["error": op.error, "label": .string(op.label), "retry_at": .string(retryAt.description)])
            return false
        }
        let value = recordOutcome(op)
        if isAsked {
            try transaction.finish(op.id, of: &run, label: op.label, value: value)
            return false
        }
        return try transaction.memoize(op.id, of: &run, label: op.label, value: value)
    }

    func isInFlight(_ key: StepKey) throws -> Bool {
        try run.pending > 0 && transaction.queueItem(.step(key)) != nil
    }

    /// Writes down how a step ended, and returns its memo.
    mutating func recordOutcome(_ op: Op) -> JSON {
        let failed = op.code == .stepError || op.code == .stepFailed
        transaction.record(
            failed ? .stepFailed : .stepCompleted, &run, step: op.id, attempt: item.attempt,
            detail: [
                "error": failed ? op.error : nil, "input": op.options?["input"], "label": .string(op.label),
                "metadata": op.metadata, "timing": op.timing, "type": op.options?["type"],
            ])
        switch op.code {
        case .step: return op.data ?? .null
        case .stepRun: return ["data": op.data ?? .null]
        default: return ["error": ReportedError(op.error ?? .null).json]
        }
    }

    // MARK: Steps that were found

    /// Puts a step in flight, unless it is already, or is finished. Returns whether it finished at once.
    private mutating func begin(_ op: Op) throws -> Bool {
        let key = StepKey(run: run.id, step: op.id)
        guard try !isInFlight(key), try !transaction.isFinished(key) else { return false }
        guard run.stepCount + run.pending < Limits.stepsPerRun else {
            try transaction.end(&run, .failed, output: ReportedError.tooManySteps.json)
            return false
        }
        switch op.code {
        case .stepPlanned:
            transaction.record(
                .stepPlanned, &run, step: op.id,
                detail: ["input": op.options?["input"], "label": .string(op.label), "type": op.options?["type"]])
            try enqueue(op, .runStep, at: transaction.now)
        case .sleep: try sleep(op)
        case .waitForEvent: try wait(op)
        case .waitForSignal: return try awaitSignal(op, key)
        case .gateway, .aiGateway: return try request(op, key)
        default: return try invoke(op, key)
        }
        return false
    }

    mutating func enqueue(_ op: Op, _ work: QueueItem.Work, at due: Timestamp) throws {
        let race = op.options?["parallelMode"]?.string == "race"
        let item = QueueItem(
            key: .step(StepKey(run: run.id, step: op.id)), work: work, functionID: run.functionID, label: op.label,
            queuedAt: transaction.now, dueAt: due, race: race)
        try transaction.enqueue(item, of: &run)
        run.pending += 1
        if race { run.racing += 1 }
    }

    /// A step that can't be begun as it was reported fails the run: the same code would report the same again.
    mutating func refuse(_ op: Op, _ reason: String, name: String = "InvalidStep") throws {
        let error = ReportedError(name: name, message: "step '\(op.label)': \(reason)")
        try transaction.end(&run, .failed, output: error.json)
    }

    /// A step that can't be begun for what it was given fails, and the function may catch that.
    ///
    /// - Returns: whether the function can go on now.
    mutating func failAtOnce(_ op: Op, _ error: ReportedError) throws -> Bool {
        transaction.record(.stepFailed, &run, step: op.id, detail: ["error": error.json, "label": .string(op.label)])
        return try transaction.memoize(op.id, of: &run, label: op.label, value: ["error": error.json])
    }
}
