import Engine
import JSON
import Wire

/// What people do.
extension World {
    func operate() throws {
        switch Int.random(in: 0..<10, using: &dice) {
        case 0: try cancel()
        case 1: try rerun()
        case 2: try startJob()
        case 3: try skip()
        case 4: try note()
        case 5, 6: try signal()
        case 7: try invoke()
        default: try removeOrAddApp()
        }
    }

    private func cancel() throws {
        guard let run = model.runs.randomElement(using: &dice), let id = run.id else { return }
        trace.add(now, "cancel \(id)")
        do {
            try perform(CancelRun(id)) { _ in
                if !run.isLive { throw Violation("run \(id) has ended and was cancelled") }
                model.cancel(run, .cancels)
            }
        } catch let refusal as Refusal {
            if run.isLive { throw Violation("run \(id) could not be cancelled: \(refusal)") }
        }
    }

    func sync() throws {
        program = programs.changed(program)
        trace.add(now, "sync \(program.functions.map { Trace.text($0.json) }.joined(separator: ", "))")
        model.coverage.note(.syncs)
        lines = [:]
        try perform(SyncApp(program.registration())) { _ in model.register(program, now: now) }
    }

    /// What an app that is removed has to do ends when it is next called for.
    private func removeOrAddApp() throws {
        lines = [:]
        let apps = try store.apps()
        guard let app = apps.first(where: { $0.name == Program.otherApp }) else {
            trace.add(now, "register the other app")
            try perform(SyncApp(program.other.registration())) { _ in model.add(program.other) }
            return
        }
        trace.add(now, "remove the other app")
        try perform(RemoveApp(app.id)) { _ in
            model.coverage.note(.removals)
            model.remove(program.other)
        }
    }

    private func note() throws {
        guard let id = model.runs.randomElement(using: &dice)?.id else { return }
        try perform(AddMetadata(id, step: nil, entries: [["kind": "note", "op": "set", "values": ["a": 1]]]))
    }

    private func signal() throws {
        let name = RandomPlans.signals.randomElement(using: &dice) ?? ""
        trace.add(now, "signal \(name)")
        try perform(SendSignal(name, data: 7)) { id in
            guard let id else { return }
            model.coverage.note(.signals)
            guard model.run(id)?.isLive ?? false else {
                throw Violation("the signal \(name) woke \(id), which has ended")
            }
        }
    }

    private func invoke() throws {
        trace.add(now, "invoke child")
        try perform(InvokeFunction("app-child", data: ["n": 1]))
    }

    /// A step need not wait any longer.
    private func skip() throws {
        guard let run = model.liveRuns.filter({ model.priority(of: $0) >= 0 }).randomElement(using: &dice),
            let id = run.id
        else { return }
        let waiting = try store.queueItems(of: id).filter { $0.lease == nil && $0.dueAt > now && $0.key.step != nil }
        guard let step = waiting.randomElement(using: &dice)?.key.step else { return }
        trace.add(now, "skip \(step) of \(id)")
        lines = [:]
        try perform(SkipStep(id, step: step)) { _ in model.coverage.note(.skips) }
    }

    // MARK: Again

    /// Runs that may be made again: handlers of failures are counted.
    private func repeatable() -> ModelRun? {
        model.runs.filter { $0.id != nil && $0.function != "onEnd" && $0.function != Program.endpoint }
            .randomElement(using: &dice)
    }

    private func rerun() throws {
        guard let run = repeatable(), let id = run.id else { return }
        let start = try one(in: 2) ? store.steps(of: id).randomElement(using: &dice) : nil
        let input: JSON? = start != nil && one(in: 2) ? [1] : nil
        trace.add(now, "rerun \(id) of \(run.function)\(start.map { " from '\($0.label)'" } ?? "")")
        do {
            try perform(RerunRun(id, from: start?.id, input: input)) { _ in
                guard try model.repeats(run, now: now) else { throw Violation("\(id) may not run again, and did") }
                model.coverage.note(.reruns)
            }
        } catch let refusal as Refusal {
            if try model.repeats(run, now: now) { throw Violation("\(id) could not run again: \(refusal)") }
        }
    }

    private func startJob() throws {
        let job: StartBulkJob
        let happened: () throws -> Void
        let live: Set<Run.Status> = [.scheduled, .running]
        if one(in: 2) {
            guard let id = program.functions.map(\.id).randomElement(using: &dice) else { return }
            trace.add(now, "cancel all runs of \(id)")
            job = StartBulkJob(.cancel, functions: ["app-\(id)"], statuses: live)
            happened = { [self] in
                for run in model.liveRuns where run.function == id { model.cancel(run, .bulkCancelled) }
            }
        } else {
            let runs = (0..<3).compactMap { _ in repeatable() }.filter { $0.endedAt != nil }
            trace.add(now, "replay \(runs.compactMap(\.id))")
            job = StartBulkJob(
                .replay, statuses: [.completed, .failed, .cancelled], runs: runs.compactMap(\.id))
            happened = { [self] in
                var named: Set<ULID?> = []
                for run in runs where try named.insert(run.id).inserted && model.repeats(run, now: now) {
                    model.coverage.note(.replays)
                }
            }
        }
        // Its first slice comes before any call: with it, or in the next transaction.
        var started: BulkJob?
        try perform([Deed(job) { started = $0 }], room: 0)
        guard let started else { return }
        guard one(in: 4) else { return try happened() }
        model.coverage.note(.abandonedJobs)
        try perform([Deed(CancelBulkJob(started.id, started.kind)) { _ in }], room: 0)
    }
}
