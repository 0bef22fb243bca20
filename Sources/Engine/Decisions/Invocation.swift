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
        let child = try transaction.take(in: event, starting: [function], cause: .invocation(key)).first
        // The event may have ended a wait of this very run.
        if let current = try transaction.run(run.id) { run = current }
        guard let child, !run.hasEnded else { return false }
        transaction.insert(
            Wait(
                key: key, label: op.label, registeredAt: transaction.now, expiresAt: expires,
                target: .invocation(run: child, function: function.slug)))
        transaction.record(
            .invokeStarted, &run, step: op.id,
            detail: [
                "function": .string(function.slug), "label": .string(op.label), "run_id": .string(child.description),
                "until": .string(expires.description),
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
            time: transaction.now, version: payload["v"]?.string)
    }
}
