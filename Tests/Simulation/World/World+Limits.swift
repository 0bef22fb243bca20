import Engine
import JSON
import Wire

/// No limit is idle while work is eligible, and nobody is overtaken.
extension World {
    /// Work that is due and not handed out, of runs that are alive.
    private func due() throws -> [(run: ModelRun, item: QueueItem)] {
        try model.liveRuns.flatMap { run in
            try run.id.map { try store.queueItems(of: $0) }?.filter {
                $0.work.isCall && $0.lease == nil && $0.dueAt <= now
            }.map { (run, $0) } ?? []
        }
    }

    /// With room left, everything that is due stands behind a limit.
    func checkNotIdle() throws {
        guard openCalls < room else { return }
        lines = [:]
        for (run, item) in try due() {
            let priority = model.priority(of: run)
            let blockers = model.blockers(run, now: now)
            for blocker in blockers { model.coverage.note(blocker) }
            if blockers.isEmpty {
                throw Violation(
                    "\(item.key) of \(run.function) waits, and nothing holds it back: \(try standing(of: item))")
            }
            lines[item.key] = (model.line(run), item.dueAt.milliseconds - Int64(max(0, priority)) * 1000)
        }
    }

    /// Where it stands, for people.
    private func standing(of item: QueueItem) throws -> String {
        guard case .parked(let id) = item.stage, let lane = try store.lanes([id]).first else { return "\(item.stage)" }
        let gates = try store.gates(lane.gates).map { gate in
            "\(gate.id) '\(gate.name)' \(gate.held)\(gate.isAwaited ? " awaited" : "")"
        }
        return "parked, waits on \(lane.waitsOn), gates \(gates)"
    }

    /// A call must not go before another that stood in the same line, before it.
    func checkOrder(_ call: Call, _ run: ModelRun) throws {
        guard let place = lines.removeValue(forKey: call.key), model.priority(of: run) >= 0 else { return }
        for (key, other) in lines where other.line == place.line && other.rank < place.rank {
            guard let id = key.run, let passed = model.run(id), passed.isLive else { continue }
            throw Violation("\(call.key) of \(run.function) goes before \(key), which stood before it in its line")
        }
        let isAhead = lines.contains { key, other in
            guard other.line == place.line, let id = key.run, let passed = model.run(id) else { return false }
            return passed.createdAt < run.createdAt
        }
        if isAhead { model.coverage.note(.priorityPassed) }
    }
}
