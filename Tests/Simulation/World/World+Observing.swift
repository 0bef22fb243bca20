import Engine
import JSON
import Stores
import Wire

/// What the engine has done, held against the models.
extension World {
    /// Looks at new runs, at runs that have ended, and at the calls that were handed out.
    func observe(_ calls: [Call]) throws {
        try observeNewRuns()
        // What an end has made room for is handed out in the same transaction.
        try observeEnds()
        for call in calls { try handOut(call) }
    }

    private func observeNewRuns() throws {
        var query = RunQuery(limit: 10)
        var new: [Run] = []
        fetching: while true {
            let page = try queries.runs(query)
            for run in page.elements {
                if run.id.time < lookedAt { break fetching }
                if seen.insert(run.id).inserted { new.append(run) }
                query.before = run.id
            }
            if !page.hasMore { break }
        }
        lookedAt = now
        for run in new.reversed() { try run.status.isExecution ? admit(run) : admitSkipped(run) }
    }

    private func function(of run: Run) -> String {
        engine.catalog.functions[run.functionID]?.slug.split(separator: "-").last.map(String.init) ?? "?"
    }

    private func admitSkipped(_ run: Run) throws {
        let function = function(of: run)
        trace.add(now, "  skipped run \(run.id) of \(function) for \(run.eventIDs)")
        if Self.isUnforeseen(function) { return }
        let index = model.skipped.firstIndex {
            $0.function == function && self.events($0.events, are: run.eventIDs)
        }
        guard let index else { throw Violation("\(function) should have no skipped run for \(run.eventIDs)") }
        model.skipped.remove(at: index)
    }

    /// Whether these are the events. The ids of ticks are the engine's own.
    private func events(_ events: [SimulatedEvent], are ids: [ULID]) -> Bool {
        events.count == ids.count
            && zip(events, ids).allSatisfy { $0.isTick ? !acceptedEvents.contains($1) : $0.id == $1 }
    }

    /// Whether the models don't foresee its runs: what is invoked, what handles failures, and what begins by itself.
    static func isUnforeseen(_ function: String) -> Bool { ["child", "onEnd", Program.endpoint].contains(function) }

    private func admit(_ run: Run) throws {
        if model.run(run.id) != nil { return }
        let function = function(of: run)
        trace.add(now, "  run \(run.id) of \(function) for \(run.eventIDs)")
        if Self.isUnforeseen(function) {
            let known = try store.events(run.eventIDs).prefix(1).map {
                SimulatedEvent(id: $0.internalID, name: $0.name, data: $0.data, senderID: nil, time: $0.time)
            }
            return model.adopt(
                ModelRun(function, known, createdAt: run.createdAt, scheduledFor: run.scheduledFor), run.id)
        }
        if model.claim(run.id, { $0.function == function && self.events($0.events, are: run.eventIDs) }) != nil {
            return
        }
        throw Violation("\(function) should have no run for \(run.eventIDs)")
    }

    private func handOut(_ call: Call) throws {
        guard let run = model.run(call.request.runID), let item = try store.queueItems([call.key]).first else {
            throw Violation("a call for \(call.request.runID), which is no run")
        }
        trace.add(
            now,
            "  call of \(run.function), run \(call.request.runID), \(call.request.targetStep.map { "\($0)" } ?? "from the start")"
        )
        if !Self.isUnforeseen(run.function), !run.events.contains(where: \.isTick) {
            let events = call.request.events.map { $0["id"]?.string }
            guard events == run.events.map({ $0.senderID ?? $0.id.description }) else {
                throw Violation("a call of \(run.function) has the events \(events), not \(run.events.map(\.id))")
            }
        }
        try checkOrder(call, run)
        try model.handOut(call, run, queuedAt: item.queuedAt, now: now)
        waiting.append(call)
    }

    /// What the models foresee has come to be, now that the engine is at rest.
    func checkForeseen() throws {
        if let missing = model.skipped.first {
            throw Violation("\(missing.function) should have a skipped run for \(missing.events.map(\.id))")
        }
        if let missing = model.expected.first {
            throw Violation(
                "\(missing.function) should have a run for \(missing.events.map(\.id)) of \(missing.events.map(\.name))"
            )
        }
        for run in model.runs where run.endedAt == nil {
            if let cause = run.cancellation {
                throw Violation("run \(run.id?.description ?? "?") of \(run.function) goes on, but \(cause.rawValue)")
            }
        }
    }

    private func observeEnds() throws {
        let live = model.runs.filter { $0.endedAt == nil && $0.id != nil }
        let rows = Dictionary(uniqueKeysWithValues: try store.runs(live.compactMap(\.id)).map { ($0.id, $0) })
        for expected in live {
            guard let run = expected.id.flatMap({ rows[$0] }) else { throw Violation("a run is gone") }
            let name = "run \(run.id) of \(expected.function)"
            guard run.hasEnded else { continue }
            if let cause = expected.cancellation, run.status != .cancelled {
                throw Violation("\(name) is \(run.status.name), but \(cause.rawValue)")
            }
            if expected.cancellation == nil, run.status == .cancelled { throw Violation("\(name) was cancelled") }
            trace.add(now, "  \(name) \(run.status.name.lowercased())")
            expected.endedAt = now
            if run.rerunOf == nil { try checkInvokers(of: run) }
        }
    }

    /// The steps that invoked a run wait no more when it has ended.
    private func checkInvokers(of run: Run) throws {
        for event in try store.events(run.eventIDs) {
            let words = event.data["_inngest"]?["correlation_id"]?.string?.split(separator: ".").map(String.init) ?? []
            guard words.count == 2, let invoker = ULID(words[0]) else { continue }
            guard try store.waits([StepKey(run: invoker, step: StepID(hash: words[1]))]).isEmpty else {
                throw Violation("run \(run.id) has ended, and a step of \(invoker) that invoked it waits on")
            }
        }
    }
}

extension Run.Status {
    /// Whether such a run is executed, or was: a skipped one is a record only.
    var isExecution: Bool { name != "Skipped" }
}
