import JSON
import Wire

extension Transaction {
    /// Finishes a step that was in flight: memoizes its value, and goes on with the function when it is time.
    ///
    /// - Parameter value: in the shape that calls carry.
    package func finish(_ step: StepID, of run: inout Run, label: String, value: JSON) throws {
        let key = StepKey(run: run.id, step: step)
        let item = try queueItem(.step(key))
        let race = item?.race ?? false
        removeQueueItem(.step(key))
        if item?.work == .fetch { removeStepRequest(key) }
        if try wait(key) != nil { removeWait(key) }
        run.pending = max(0, run.pending - 1)
        if race { run.racing = max(0, run.racing - 1) }
        guard try memoize(step, of: &run, label: label, value: value) else { return }
        // Before version 2 apps are asked to plan for the rest of the run.
        if run.pending == 0, run.requestVersion >= 2 { run.forcePlan = false }
        if race || run.goesOn { try discover(&run) }
    }

    /// Puts a value on the stack. Where that breaks a limit, the run fails and this returns false.
    package func memoize(_ step: StepID, of run: inout Run, label: String, value: JSON) throws -> Bool {
        let size = value.bytes.count
        let overflow: ReportedError? =
            if run.stepCount >= Limits.stepsPerRun {
                .tooManySteps
            } else if size > Limits.stepOutputSize || run.stateSize + size > Limits.stateSize {
                ReportedError(
                    name: "InngestErrStateOverflowed",
                    message: "step '\(label)' returned \(size) bytes: a step may return \(Limits.stepOutputSize) and "
                        + "a run hold \(Limits.stateSize) bytes; store large results elsewhere and return a reference")
            } else {
                nil
            }
        if let overflow {
            try end(&run, .failed, output: overflow.json)
            return false
        }
        append(Step(run: run.id, id: step, position: run.stepCount, label: label, value: value))
        run.stepCount += 1
        run.stateSize += size
        return true
    }

    /// Queues the call that finds out how a run goes on, at once.
    package func discover(_ run: inout Run) throws {
        let key = QueueItem.Key.run(run.id)
        if var queued = try queueItem(key) {
            if queued.lease != nil {
                queued.again = true
                put(queued)
            }
            return
        }
        let name = catalog.functions[run.functionID]?.config.name ?? ""
        let call = QueueItem(
            key: key, work: .discover, functionID: run.functionID, label: name, queuedAt: now, dueAt: now)
        try enqueue(call, of: &run)
    }
}

extension ReportedError {
    static let tooManySteps = ReportedError(
        name: "InngestErrFunctionOverflowed",
        message: "the run has \(Limits.stepsPerRun) steps, which is the limit; "
            + "start another function by an event or an invoke for the rest")
}
