import JSON
import Wire

extension Transaction {
    /// Leases calls that are due, as many as there is room for, and assembles what the app needs.
    ///
    /// - Parameter items: due and not leased, the earliest first.
    func lease(_ items: some Sequence<QueueItem>, settings: EngineSettings) throws -> [Call] {
        var calls: [Call] = []
        try load(calls: items)
        for var item in items {
            guard let runID = item.key.run, var run = try run(runID), !run.hasEnded else {
                removeQueueItem(item.key)
                try letGo(item.slots)
                continue
            }
            guard let function = catalog.functions[run.functionID], function.archivedAt == nil else {
                try endOrphan(&run)
                continue
            }
            guard try mayBeLeased(&item, of: &run) else { continue }
            let lease = newID()
            item.lease = lease
            item.leasedAt = now
            put(item)
            if run.status == .scheduled {
                run.status = .running
                run.startedAt = now
                record(.runStarted, &run)
                update(run)
                began(run, function)
            }
            calls.append(try call(item, lease, run, function, settings))
        }
        return calls
    }

    /// Loads what calls carry.
    private func load(calls items: some Sequence<QueueItem>) throws {
        var footprint = Footprint(runs: items.compactMap(\.key.run))
        footprint.eventsOfRuns = footprint.runs
        footprint.stacks = footprint.runs
        try load(footprint)
    }

    private func endOrphan(_ run: inout Run) throws {
        let slug = catalog.functions[run.functionID]?.slug ?? run.functionID.description
        let error = ReportedError(
            name: "FunctionNotRegistered",
            message: "the app no longer registers the function '\(slug)'; register it again, then rerun")
        try end(&run, .failed, output: error.json)
    }

    /// Leases requests for steps that are due.
    func leaseFetches(_ items: [QueueItem]) throws -> [Fetch] {
        try load(Footprint(runs: items.compactMap(\.key.run)))
        let requests = try stepRequests(
            items.compactMap { if case .step(let key) = $0.key { key } else { nil } })
        var fetches: [Fetch] = []
        for var item in items {
            guard let runID = item.key.run, var run = try run(runID), !run.hasEnded,
                let request = requests.first(where: { .step($0.key) == item.key })
            else {
                removeQueueItem(item.key)
                continue
            }
            guard catalog.queueRules(of: run.functionID)?.isShut != true else {
                try enter(&item, of: &run)
                update(run)
                continue
            }
            let lease = newID()
            item.lease = lease
            item.leasedAt = now
            put(item)
            fetches.append(Fetch(key: item.key, label: item.label, lease: lease, request: request))
        }
        return fetches
    }

    private func call(
        _ item: QueueItem, _ lease: ULID, _ run: Run, _ function: FunctionRecord, _ settings: EngineSettings
    ) throws -> Call {
        let steps = run.fitsCall && run.stepCount > 0 ? try steps(of: run.id) : []
        // Nor may a discovery run what is in flight already.
        let plansOnly = run.forcePlan || (item.work == .discover && run.pending > 0)
        let request = CallRequest(
            functionID: function.id.description, runID: run.id, environment: settings.environment,
            targetStep: item.key.step, attempt: item.attempt, maxAttempts: function.maxAttempts,
            stack: run.fitsCall ? steps.map(\.id) : try stack(of: run.id), queueItemID: lease.description,
            requestID: lease.description, jobID: lease.description, generation: item.attempt,
            disableImmediateExecution: plansOnly, events: try events(run.eventIDs).map(\.json),
            steps: run.memos(steps, run.rerunOf == nil || !run.fitsCall ? [] : try stepInputs(of: run.id)),
            defers: try defers(of: run).map { ($0.id, $0.status == .scheduled) }, version: run.requestVersion,
            useAPI: !run.fitsCall)
        return Call(
            key: item.key, lease: lease, url: function.config.url, isEndpoint: function.config.isEndpoint,
            request: request)
    }
}

extension Run {
    /// Whether a call may carry its state. Else the app loads it itself, and nothing of it is read for the call.
    var fitsCall: Bool { stateSize <= CallRequest.maximumStepsSize }

    /// What an app is told of steps: what is memoized, and what a rerun gives to a step that is to run again.
    package func memos(_ steps: [Step], _ inputs: [StepInput]) -> [(id: StepID, value: JSON)] {
        let finished = Set(steps.map(\.id))
        return steps.map { ($0.id, $0.value) }
            + inputs.filter { !finished.contains($0.key.step) }.map { ($0.key.step, ["input": $0.input]) }
    }
}
