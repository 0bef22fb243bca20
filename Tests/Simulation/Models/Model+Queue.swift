import Engine
import JSON
import Wire

/// A call that the engine has handed out and that has not come back.
struct OpenCall {
    let call: Call
    let run: ModelRun
}

/// The limits of what starts and what executes.
extension Model {
    /// Times are whole milliseconds: what lies within one is the same, in microseconds.
    private static let precision = 1000.0

    private func flow(_ run: ModelRun) -> FlowControl { functions[run.function]?.flow ?? FlowControl() }

    private func gates(_ run: ModelRun) -> [GateKey] {
        flow(run).concurrency.map { GateKey(run.function, $0, for: run.data) }
    }

    /// How many calls are open that count for a gate, by the rules as they are now.
    private func held(_ gate: GateKey) -> Int { open.filter { gates($0.run).contains(gate) }.count }

    /// A call was handed out.
    func handOut(_ call: Call, _ run: ModelRun, queuedAt: Timestamp, now: Timestamp) throws {
        let name = "a call of \(run.function) for run \(call.request.runID)"
        guard run.isLive else { throw Violation("\(name), which has ended") }
        guard paused[run.function] == nil else { throw Violation("\(name), which is paused") }
        guard now >= run.scheduledFor else { throw Violation("\(name), before its time \(run.scheduledFor)") }
        let delay = max(0, -priority(of: run))
        guard now >= queuedAt + .seconds(delay) else { throw Violation("\(name), though its priority puts it off") }
        if delay > 0 { coverage.note(.priorityDelayed) }
        for rule in flow(run).concurrency {
            let gate = GateKey(run.function, rule, for: run.data)
            guard held(gate) < rule.limit else {
                throw Violation("\(name): \(held(gate)) of \(rule.limit) are open already for \(gate)")
            }
        }
        if run.startedAt == nil { try start(run, name, now: now) }
        open.append(OpenCall(call: call, run: run))
    }

    private func start(_ run: ModelRun, _ name: String, now: Timestamp) throws {
        if let rule = flow(run).throttle {
            let gate = GateKey(run.function, "throttle", key: rule.key, for: run.data)
            if let earliest = throttles.earliest(gate, rule),
                Double(now.milliseconds) * 1000 < earliest - Self.precision
            {
                throw Violation("\(name) starts \(earliest / 1000 - Double(now.milliseconds)) ms too early for \(gate)")
            }
            throttles.start(gate, rule, now: now)
        }
        if let rule = flow(run).runConcurrency {
            let gate = GateKey(run.function, "runs", key: rule.key, for: run.data)
            let held = holders(gate).count
            guard held < rule.limit else {
                throw Violation("\(name): \(held) runs of \(rule.limit) are under way already for \(gate)")
            }
            run.runGate = gate
        }
        run.startedAt = now
    }

    /// Runs under way that count for a limit of runs: those that have begun under it. One that was cancelled counts as
    /// long as the app is still at work on a call of it.
    private func holders(_ gate: GateKey) -> [ModelRun] {
        runs.filter { run in
            run.startedAt != nil && run.runGate == gate && (run.isLive || open.contains { $0.run === run })
        }
    }

    func priority(of run: ModelRun) -> Int { Meaning.priority(flow(run).priority, for: run.data) }

    /// What keeps a call from being handed out that is due; empty where it must go.
    func blockers(_ run: ModelRun, now: Timestamp) -> [Coverage.Feature] {
        var found: [Coverage.Feature] = []
        if paused[run.function] != nil { found.append(.pausedHeld) }
        for rule in flow(run).concurrency {
            let gate = GateKey(run.function, rule, for: run.data)
            if held(gate) >= rule.limit { found.append(rule.scope == .function ? .concurrencyHeld : .sharedHeld) }
        }
        guard run.startedAt == nil else { return found }
        if let rule = flow(run).throttle {
            let gate = GateKey(run.function, "throttle", key: rule.key, for: run.data)
            if let earliest = throttles.earliest(gate, rule),
                Double(now.milliseconds) * 1000 < earliest + Self.precision
            {
                found.append(.throttled)
            }
        }
        if let rule = flow(run).runConcurrency {
            let gate = GateKey(run.function, "runs", key: rule.key, for: run.data)
            if holders(gate).count >= rule.limit { found.append(.runConcurrencyHeld) }
        }
        return found
    }

    /// Which calls stand in the same line: those that need exactly the same room.
    func line(_ run: ModelRun) -> Line {
        let rules = flow(run)
        let starts = run.startedAt == nil
        return Line(
            function: run.function, gates: gates(run),
            throttle: starts
                ? rules.throttle.map { GateKey(run.function, "throttle", key: $0.key, for: run.data) } : nil,
            runs: starts
                ? rules.runConcurrency.map { GateKey(run.function, "runs", key: $0.key, for: run.data) } : nil)
    }

    struct Line: Hashable {
        let function: String
        let gates: [GateKey]
        let throttle: GateKey?
        let runs: GateKey?
    }
}
