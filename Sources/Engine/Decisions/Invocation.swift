import JSON
import Wire

extension Answer {
    /// Starts the function that a step invokes, and has the step wait for its end. Returns whether the step finished
    /// at once, for there is no such function.
    mutating func invoke(_ op: Op, _ key: StepKey) throws -> Bool {
        let reference = op.options?["function_id"]?.string ?? ""
        guard let function = transaction.catalog.function(reference) else {
            // The app's code can catch this, as any failure of a step.
            let error = ReportedError(
                name: "InngestFunctionNotFound",
                message: "the invoked function '\(reference)' is not registered with this orchestrator")
            return try failAtOnce(op, error)
        }
        guard let expires = try expiry(op, default: Limits.defaultInvokeTimeout) else { return false }
        let event = invocationEvent(op, key, function, expires)
        // The wait is there before the run that ends it.
        try enqueue(op, .timeOut, at: expires)
        transaction.update(run)
        let admission = try transaction.take(in: event, starting: [function], cause: .invocation(key)).first
        // The event may have ended a wait of this very run.
        if let current = try transaction.run(run.id) { run = current }
        guard let admission, !run.hasEnded else { return false }
        if case .stopped(let decision) = admission {
            try transaction.failInvocation(op.id, of: &run, label: op.label, decision.refusal)
            return false
        }
        transaction.insert(
            Wait(
                key: key, label: op.label, registeredAt: transaction.now, expiresAt: expires,
                target: .invocation(run: admission.run, function: function.slug)))
        transaction.record(
            .invokeStarted, &run, step: op.id,
            detail: [
                "function": .string(function.slug), "label": .string(op.label),
                "run_id": admission.run.map { .string($0.description) }, "until": .string(expires.description),
            ])
        return false
    }

    private func invocationEvent(_ op: Op, _ key: StepKey, _ function: FunctionRecord, _ expires: Timestamp) -> Event {
        let payload = op.options?["payload"] ?? .emptyObject
        let source = transaction.catalog.functions[run.functionID]
        let internals: JSON = [
            "correlation_id": .string("\(key.run).\(key.step)"), "expire": .int(expires.milliseconds),
            "fn_id": .string(function.id.description), "name": .string(InternalEvent.functionFinished),
            "source_app_id": source.map { .string($0.appID.description) },
            "source_fn_id": source.map { .string($0.id.description) }, "source_fn_v": source.map { .int($0.version) },
        ]
        let data = payload["data"].flatMap { $0.kind == .object ? $0 : nil } ?? .emptyObject
        return Event(
            internalID: transaction.newID(), name: InternalEvent.functionInvoked,
            data: data.merging(["_inngest": internals]),
            user: payload["user"].flatMap { $0.kind == .object ? $0 : nil } ?? .emptyObject,
            time: transaction.now, version: payload["v"]?.string,
            meta: payload["meta"].flatMap { $0.kind == .object ? $0 : nil })
    }
}

extension Transaction {
    /// Ends the step that has invoked a function which is not started for it.
    func failInvocation(_ step: StepID, of run: inout Run, label: String, _ reason: String) throws {
        let error = ReportedError(name: "InngestInvokeRefusedError", message: reason)
        record(.stepFailed, &run, step: step, detail: ["error": error.json, "label": .string(label)])
        try finish(step, of: &run, label: label, value: ["error": error.json])
        update(run)
    }

    /// An event starts nothing any more: where a step made it to invoke the function, that step fails.
    func refuseInvoker(of event: ULID, _ reason: String) throws {
        guard let key = try events([event]).first?.invoker, var run = try run(key.run), !run.hasEnded,
            let wait = try wait(key)
        else { return }
        try failInvocation(key.step, of: &run, label: wait.label, "the invoked function was not started: \(reason)")
    }
}

extension Decision {
    /// What the step is told whose invocation was stopped.
    fileprivate var refusal: String {
        gate == .rateLimit
            ? "invoked function is rate limited: \(text)" : "the invoked function was not started: \(text)"
    }
}
