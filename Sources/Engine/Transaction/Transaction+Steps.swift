import Wire

// What steps have come to, and what they bring along.
extension Transaction {
    // MARK: Steps

    package func append(_ step: Step) {
        finished[StepKey(run: step.run, step: step.id)] = true
        appended.steps.append(step)
        unwrittenSteps[step.run, default: []].append(step)
    }

    package func isFinished(_ key: StepKey) throws -> Bool {
        if let known = finished[key] { return known }
        let known = try !store.finishedSteps(among: [key]).isEmpty
        finished[key] = known
        return known
    }

    /// Loads at once which of a run's steps are finished.
    func loadFinished(_ steps: [StepID], of run: ULID) throws {
        let keys = steps.map { StepKey(run: run, step: $0) }.filter { finished[$0] == nil }
        guard keys.count > 1 else { return }
        let known = try store.finishedSteps(among: keys)
        for key in keys { finished[key] = known.contains(key) }
    }

    package func steps(of run: ULID) throws -> [Step] {
        try (stacks[run] ?? store.steps(of: run)) + (unwrittenSteps[run] ?? [])
    }

    /// The ids of the finished steps alone.
    func stack(of run: ULID) throws -> [StepID] {
        try store.stack(of: run) + (unwrittenSteps[run] ?? []).map(\.id)
    }

    // MARK: Requests, inputs, defers

    package func insert(_ request: StepRequest) { appended.stepRequests.append(request) }

    package func removeStepRequest(_ key: StepKey) { appended.removedStepRequests.append(key) }

    func stepRequests(_ keys: [StepKey]) throws -> [StepRequest] {
        try flush()
        return try store.stepRequests(keys)
    }

    package func insert(_ input: StepInput) { appended.stepInputs.append(input) }

    func stepInputs(of run: ULID) throws -> [StepInput] {
        if !appended.stepInputs.isEmpty { try flush() }
        return try store.stepInputs(of: run)
    }

    package func defers(of run: Run) throws -> [Defer] {
        guard run.deferCount > 0 else { return [] }
        if let known = defers[run.id] { return known }
        let known = try store.defers(of: run.id)
        defers[run.id] = known
        return known
    }

    /// Adds one, or changes its status.
    package func put(_ deferred: Defer, of run: Run) throws {
        var known = try defers(of: run)
        known.removeAll { $0.id == deferred.id }
        known.append(deferred)
        defers[run.id] = known.sorted { $0.number < $1.number }
        appended.defers.removeAll { $0.run == run.id && $0.id == deferred.id }
        appended.defers.append(deferred)
    }
}
