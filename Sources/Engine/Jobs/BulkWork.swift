import Expressions
import JSON
import Wire

extension Transaction {
    /// Takes a job on: its first slice is due at once.
    func start(_ job: BulkJob) {
        put(job)
        queueSlice(of: job)
    }

    private func queueSlice(of job: BulkJob) {
        put(
            QueueItem(
                key: .job(job.id), work: .job, functionID: job.selection.functions?.first ?? NameUUID(stored: ""),
                label: job.kind.rawValue, queuedAt: job.createdAt, dueAt: now))
    }

    /// Does the next slice of a job.
    func work(on id: ULID) throws {
        removeQueueItem(.job(id))
        guard var job = try job(id), job.status == .running else { return }
        let isFinished: Bool
        switch job.kind {
        case .cancel, .replay: isFinished = try changeRuns(&job)
        case .recollect: isFinished = try recollect(&job)
        }
        if isFinished {
            job.status = .done
            job.endedAt = now
        } else {
            queueSlice(of: job)
        }
        put(job)
    }

    // MARK: Runs

    private func changeRuns(_ job: inout BulkJob) throws -> Bool {
        if let paused = job.selection.pausedSince,
            job.selection.functions?.contains(where: { catalog.functions[$0]?.pausedAt == paused }) != true
        {
            return true
        }
        let start = job.position
        let (found, isLast) = try nextRuns(&job)
        var steps = 0
        for (index, id) in found.enumerated() {
            let run = try run(id)
            if let run, job.selection.holds(run), !job.mayHaveStarted(run),
                try fulfils(job.selection.condition, run, steps: &steps)
            {
                try change(run, for: &job)
            } else if job.selection.runs != nil {
                refuse(id, run, for: &job)
            }
            if steps >= Limits.stepsPerSlice, index + 1 < found.count {
                goOn(&job, after: id, from: start, looked: index + 1)
                return false
            }
        }
        return isLast
    }

    /// Leaves the rest of a slice, whose condition has cost enough, to the next one.
    private func goOn(_ job: inout BulkJob, after id: ULID, from start: Int, looked: Int) {
        if job.selection.runs != nil {
            job.position = start + looked
        } else {
            job.position = start
            job.cursor = id.description
        }
    }

    /// Says why nothing comes of a run that was named; those that other conditions leave out are not meant.
    private func refuse(_ id: ULID, _ run: Run?, for job: inout BulkJob) {
        let reason: String
        if let run {
            guard run.status.isFinal == (job.kind == .cancel) else { return }
            reason = job.kind == .cancel ? "it has already ended" : "it has not ended yet: cancel it, or wait"
        } else {
            reason = "there is no such run"
        }
        job.failed += 1
        insert(BulkJobRun(job: job.id, run: id, error: reason))
    }

    /// The runs to look at next, and whether there are no more of them.
    private func nextRuns(_ job: inout BulkJob) throws -> (runs: [ULID], isLast: Bool) {
        let limit = Limits.runsPerSlice
        if let runs = job.selection.runs {
            let slice = Array(runs.dropFirst(job.position).prefix(limit))
            job.position += slice.count
            return (slice, job.position >= runs.count)
        }
        if let failure = job.selection.failure {
            let found = try scanRuns(
                RunScan(
                    function: nil, status: .failed, after: job.cursor.flatMap(ULID.init) ?? ULID(0), before: job.newest,
                    limit: limit, failure: failure))
            job.cursor = found.last?.description
            return (found, found.count < limit)
        }
        let since = job.selection.since.map { ULID(time: $0, random: 0).value }.flatMap { $0 == 0 ? nil : ULID($0 - 1) }
        // A run that begins meanwhile is found with those that have begun: they come later.
        let functions: [NameUUID?] = job.selection.functions.map { $0 } ?? [nil]
        let statuses = job.selection.statuses.sorted { $0.rawValue < $1.rawValue }
        let scans = functions.flatMap { function in statuses.map { (function, $0) } }
        guard job.position < scans.count else { return ([], true) }
        let scan = RunScan(
            function: scans[job.position].0, status: scans[job.position].1,
            after: job.cursor.flatMap(ULID.init) ?? since ?? ULID(0),
            before: job.end, limit: limit)
        let found = try scanRuns(scan)
        job.cursor = found.count == limit ? found.last?.description : nil
        if job.cursor == nil { job.position += 1 }
        return (found, job.position >= scans.count)
    }

    private func fulfils(_ condition: String?, _ run: Run, steps: inout Int) throws -> Bool {
        guard let condition else { return true }
        let expression = try? Expression.compile(condition, variables: RunSelection.variables)
        let trigger = try events(Array(run.eventIDs.prefix(1))).first
        var variables = run.output.map { ["output": $0] } ?? [:]
        if run.status == .failed { variables["error"] = run.output }
        return
            (try? expression?.matches(
                event: trigger?.json, now: now.milliseconds, variables: variables, steps: &steps)) ?? false
    }

    private func change(_ run: Run, for job: inout BulkJob) throws {
        var run = run
        do {
            var newRun: ULID?
            if job.kind == .cancel {
                let isPaused = job.reason == "paused"
                let text = isPaused ? "its function was paused for too long" : "a job cancelled it with others"
                try end(
                    &run, .cancelled, output: nil,
                    detail: [
                        "job": .string(job.id.description), "reason": .string(job.reason ?? "bulk"),
                        "text": .string(text),
                    ])
            } else {
                newRun = try repeatRun(run)
            }
            job.done += 1
            insert(BulkJobRun(job: job.id, run: run.id, newRun: newRun))
        } catch let refusal as Refusal {
            job.failed += 1
            insert(BulkJobRun(job: job.id, run: run.id, error: refusal.description))
        }
    }

    /// Starts a run's function again with the same events. It passes no gate but the singleton's, of whose runs there
    /// are never two.
    /// - Throws: ``Refusal``.
    package func repeatRun(_ run: Run) throws -> ULID {
        guard let function = catalog.functions[run.functionID], function.archivedAt == nil else {
            throw Refusal(.conflict, "the function of run \(run.id) is no longer registered; start its app first")
        }
        let events = try events(run.eventIDs)
        guard let trigger = events.first else {
            throw Refusal(.conflict, "the event of run \(run.id) has been deleted, for it was too old")
        }
        var lock: RuleKey?
        if let rule = function.config.flow.singleton {
            let key = KeyValue(rule.key, of: trigger, at: now).key(of: .singleton, in: function.id)
            if rule.mode == .skip, let holder = try holder(of: key) {
                throw Refusal(.conflict, "the run \(holder) of the singleton '\(function.slug)' is under way")
            }
            try cancelHolder(of: key, for: trigger)
            lock = key
        }
        return try start(
            function, with: events, cause: .rerun(of: run.id), batch: run.batchID, singleton: lock)
    }

    // MARK: Other rows

    /// Sets new times for what a function collects; what its rules say no longer starts at once.
    private func recollect(_ job: inout BulkJob) throws -> Bool {
        guard let id = job.selection.functions?.first, let function = catalog.functions[id], function.archivedAt == nil
        else { return true }
        let flow = function.config.flow
        let rules: [RuleKey.Rule] = [.debounce, .batch]
        guard job.position < rules.count else { return true }
        let rule = rules[job.position]
        let states = try ruleStates(of: id, rule: rule, after: job.cursor ?? "", limit: Limits.rowsPerSlice)
        for key in states.map(\.key) {
            // Read again, under its lock: an event may have come since.
            guard let state = try ruleState(key) else { continue }
            if rule == .debounce, let debouncing = Debouncing(state) {
                let due = max(now, debouncing.due(flow.debounce, at: now))
                collect(state.key, of: function, queuedAt: debouncing.first, until: due)
            } else if rule == .batch, let batch = Batch(state) {
                collect(
                    state.key, of: function, queuedAt: batch.opened, until: max(now, batch.due(flow.batch, at: now)))
            }
        }
        job.done += states.count
        job.cursor = states.count < Limits.rowsPerSlice ? nil : states.last?.key.hash
        if job.cursor == nil { job.position += 1 }
        return job.position >= rules.count
    }
}

extension BulkJob {
    /// Runs from this id on are not meant. Ids rise also where the clock is set back; those that other processes have
    /// made in the same millisecond may be higher than the job's.
    fileprivate var end: ULID { selection.until.map { ULID(time: $0, random: 0) } ?? newest }

    /// Whether a run may come of this very job: a replay would repeat it again and again as it ends.
    fileprivate func mayHaveStarted(_ run: Run) -> Bool {
        kind == .replay && selection.runs == nil && run.rerunOf != nil && (run.id > id || run.createdAt >= createdAt)
    }

    fileprivate var newest: ULID { max(id, ULID(time: createdAt + .milliseconds(1), random: 0)) }
}
