import JSON
import Wire

extension Answer {
    /// Notes what the run wants started at its end, or takes it back. Whatever is wrong with it, the run goes on.
    mutating func postpone(_ op: Op) throws {
        op.code == .deferAdd ? try addDefer(op) : try abortDefer(op)
    }

    /// Whether the run has not asked for it before, and may ask for another one.
    func isNewDefer(_ op: Op) throws -> Bool {
        let known = try transaction.defers(of: run)
        return known.count < Limits.defersPerRun && !known.contains { $0.id == op.id }
    }

    private mutating func addDefer(_ op: Op) throws {
        let known = try transaction.defers(of: run)
        guard !known.contains(where: { $0.id == op.id }) else { return }
        // Beyond the limit not even the refusal is kept: it would be asked for again, and grow.
        guard known.count < Limits.defersPerRun else { return reject(op, "a run may defer \(Limits.defersPerRun)") }
        let input = op.options?["input"] ?? .emptyObject
        let function = op.options?["fn_slug"]?.string ?? ""
        let size = known.reduce(input.bytes.count) { $0 + $1.input.bytes.count }
        let problem: String? =
            if function.isEmpty {
                "opts.fn_slug: the slug of a function is expected"
            } else if input.kind != .object {
                "opts.input: an object is expected"
            } else if size > Limits.deferredInputSize {
                "opts.input: the inputs of a run's defers may take \(Limits.deferredInputSize) bytes together"
            } else {
                nil
            }
        try transaction.put(
            Defer(
                run: run.id, id: op.id, number: run.deferCount, label: op.label, function: function,
                input: problem == nil ? input : .emptyObject, status: problem == nil ? .scheduled : .rejected),
            of: run)
        run.deferCount += 1
        if let problem { return reject(op, problem) }
        transaction.record(
            .deferAdded, &run, step: op.id, detail: ["function": .string(function), "label": .string(op.label)])
    }

    private mutating func reject(_ op: Op, _ problem: String) {
        transaction.record(
            .deferRejected, &run, step: op.id, detail: ["error": .string(problem), "label": .string(op.label)])
    }

    private mutating func abortDefer(_ op: Op) throws {
        let target = op.options?["target_hashed_id"]?.string.map(StepID.init(hash:))
        guard var deferred = try transaction.defers(of: run).first(where: { $0.id == target }),
            deferred.status == .scheduled
        else { return }
        deferred.status = .aborted
        try transaction.put(deferred, of: run)
        transaction.record(.deferAborted, &run, step: deferred.id, detail: ["label": .string(deferred.label)])
    }
}

extension Transaction {
    /// What a run that ends wants started: the events, and the functions, where they are registered.
    func startDeferred(of run: inout Run) throws -> [(Event, FunctionRecord?)] {
        let parent = catalog.functions[run.functionID]
        var started: [(Event, FunctionRecord?)] = []
        for deferred in try defers(of: run) where deferred.status == .scheduled {
            let target = catalog.function(deferred.function)
            let internals: JSON = [
                "defer_id": .string(deferred.id.hash), "fn_slug": .string(deferred.function),
                "parent_app_id": parent.map { .string($0.appID.description) },
                "parent_fn_id": .string(run.functionID.description),
                "parent_fn_slug": parent.map { .string($0.slug) },
                "parent_run_id": .string(run.id.description),
            ]
            let event = Event(
                internalID: newID(), name: InternalEvent.deferred,
                data: deferred.input.merging(["_inngest": internals]), time: now)
            let error = target == nil ? "the function '\(deferred.function)' is not registered" : nil
            record(
                target == nil ? .deferRejected : .deferStarted, &run, step: deferred.id,
                detail: [
                    "error": error.map(JSON.string), "event_id": .string(event.internalID.description),
                    "function": .string(deferred.function), "label": .string(deferred.label),
                ])
            started.append((event, target))
        }
        return started
    }
}
