import Engine
import JSON
import Stores
import Wire

/// The books of each run: histories, stacks, queues and waits agree with each other.
extension World {
    package func checkBooks() throws {
        for expected in model.runs {
            guard let id = expected.id, let timeline = try queries.timeline(id) else {
                throw Violation("no timeline of a run of \(expected.function)")
            }
            try checkHistory(timeline)
            try timeline.run.hasEnded ? checkEnded(timeline) : checkLive(timeline, expected)
        }
    }

    private func checkHistory(_ timeline: Timeline) throws {
        let run = timeline.run
        guard timeline.history.map(\.number) == Array(0..<run.historyCount) else {
            throw Violation("history of \(run.id) has gaps")
        }
        guard timeline.steps.map(\.position) == Array(0..<run.stepCount) else {
            throw Violation("the stack of \(run.id) has gaps")
        }
        guard run.stateSize == timeline.steps.reduce(0, { $0 + $1.value.bytes.count }) else {
            throw Violation("the size of the state of \(run.id) is wrong")
        }
        let ends = timeline.history.filter { [.runCompleted, .runFailed, .runCancelled].contains($0.kind) }.count
        guard ends == (run.hasEnded ? 1 : 0) else { throw Violation("\(run.id) ended \(ends) times") }
        guard timeline.history.filter({ $0.kind == .runStarted }).count == (run.startedAt == nil ? 0 : 1) else {
            throw Violation("\(run.id) started not once")
        }
    }

    private func checkEnded(_ timeline: Timeline) throws {
        guard timeline.queue.allSatisfy({ $0.lease != nil }), timeline.waits.isEmpty else {
            throw Violation("\(timeline.run.id) has ended and left something behind")
        }
    }

    private func checkLive(_ timeline: Timeline, _ expected: ModelRun) throws {
        let run = timeline.run
        guard run.startedAt == expected.startedAt else {
            throw Violation("\(run.id) started at \(run.startedAt as Any), not \(expected.startedAt as Any)")
        }
        guard timeline.queue.contains(where: { $0.key.run != nil }) else {
            throw Violation("nothing will ever wake \(run.id)")
        }
        let steps = timeline.queue.filter { $0.key.step != nil }
        guard steps.count == run.pending, steps.filter(\.race).count == run.racing else {
            throw Violation("\(run.id): \(run.pending) pending, \(run.racing) racing, but in the queue: \(steps)")
        }
        let timeouts = Set(timeline.queue.filter { $0.work == .timeOut }.compactMap(\.key.step))
        guard timeouts == Set(timeline.waits.map(\.key.step)).filter({ !$0.hash.hasPrefix("cancel:") }) else {
            throw Violation("waits and timeouts of \(run.id) differ")
        }
        guard timeouts.isDisjoint(with: timeline.steps.map(\.id)) else { throw Violation("a finished step waits") }
        for item in timeline.queue {
            guard let lease = item.lease else { continue }
            let isKnown =
                model.open.contains { $0.call.lease == lease } || fetches.contains { $0.lease == lease }
                || silent.contains { $0.fetches.contains { $0.lease == lease } }
            guard isKnown else {
                throw Violation("nobody will answer for the lease of \(item.key)")
            }
        }
    }

    // MARK: The end

    /// Lets everything come to an end: nothing new comes, calls are answered, time goes on.
    package func comeToRest() throws {
        isRough = false
        room = 1000
        while !silent.isEmpty { try giveUp(0) }
        for id in model.paused.keys.sorted() { try resume(id) }
        for index in program.functions.indices {
            program.functions[index].triggers.removeAll { if case .every = $0 { true } else { false } }
        }
        trace.add(now, "nothing new comes")
        try perform(SyncApp(program.registration())) { _ in model.register(program, now: now) }
        lines = [:]
        for _ in 0..<100_000 {
            try tick()
            while openCalls > 0 || !fetches.isEmpty {
                try callApp()
                try deliver()
                try finishFetch()
                try tick()
            }
            guard let next = try nextDue(hasRoom: true) else { return try checkRest() }
            now = max(now, next)
        }
        throw Violation("it does not come to rest")
    }

    private func checkRest() throws {
        try checkBooks()
        for run in model.runs where run.endedAt == nil {
            throw Violation("run \(run.id?.description ?? "?") of \(run.function) never ends")
        }
        let runs = try queries.runs(RunQuery(limit: 100_000)).elements.filter(\.status.isExecution)
        guard runs.count == model.runs.count else { throw Violation("\(runs.count) runs, not \(model.runs.count)") }
        try checkAnnouncements(of: runs)
        let failed = runs.filter { $0.status == .failed && model.run($0.id)?.function != "onEnd" }
        let handled = model.runs.filter { $0.function == "onEnd" }
        guard handled.count == failed.count else {
            throw Violation("\(failed.count) runs failed, \(handled.count) failures were handled")
        }
    }

    /// Each end is announced once, but those of handlers of failures; that of a batch to each further step that asked.
    private func checkAnnouncements(of runs: [Run]) throws {
        var query = EventQuery(limit: 100_000)
        query.name = InternalEvent.functionFinished
        query.includesInternal = true
        let announced = try Dictionary(grouping: queries.events(query).elements) { $0.event.data["run_id"]?.string }
        for run in runs {
            let further = run.rerunOf == nil ? try store.events(Array(run.eventIDs.dropFirst())) : []
            let asked = further.count { $0.data["_inngest"]?["correlation_id"] != nil }
            let wanted = model.run(run.id)?.function == "onEnd" ? 0 : 1 + asked
            guard announced[run.id.description]?.count ?? 0 == wanted else {
                throw Violation("the end of \(run.id) was not announced \(wanted) times")
            }
        }
    }
}
