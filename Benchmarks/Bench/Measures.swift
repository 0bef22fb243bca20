import JSON
import Rig

extension Measure {
    static let all =
        [
            eventToFirstCall, stepToStep, oneStepRuns, tenStepRuns, singleEvents, batchedEvents, processorPerStep,
            processorPerEvent, idleMemory, idleProcessor,
        ] + checkpointing + dashboards + waits + expressions + queues + clusters + costs

    // MARK: Times, with nothing else going on

    private static let eventToFirstCall = Measure(
        name: "event-to-call", title: "event to first call, p50", unit: .milliseconds, target: .atMost(5)
    ) { stage in
        var times: [Double] = []
        var size = 0
        for _ in 0..<150 {
            stage.app.watch(runs: 1)
            let start = ContinuousClock.now
            try await stage.send(BenchApp.oneStep)
            let readings = try await stage.app.watched()
            if let first = readings.firstStep { times.append((first - start).inMilliseconds) }
            size = readings.meanCallSize
        }
        return Round(value: Figure.median(times), ceiling: try await stage.echo.milliseconds(bodySize: size))
    }

    private static let stepToStep = Measure(
        name: "step-to-step", title: "step to step, p50", unit: .milliseconds, target: .atMost(3)
    ) { stage in
        var gaps: [Double] = []
        var size = 0
        for _ in 0..<30 {
            stage.app.watch(runs: 1)
            try await stage.send(BenchApp.tenSteps)
            let readings = try await stage.app.watched()
            gaps += readings.gaps
            size = readings.meanCallSize
        }
        return Round(value: Figure.median(gaps), ceiling: try await stage.echo.milliseconds(bodySize: size))
    }

    // MARK: Rates, under load

    private static let oneStepRuns = Measure(
        name: "one-step-runs", title: "one-step runs (2 calls each)", unit: .perSecond, target: nil
    ) { stage in
        let (rate, callSize) = try await runs(of: BenchApp.oneStep, count: 2000, on: stage)
        return Round(value: rate, ceiling: try await stage.echo.callsPerSecond(bodySize: callSize) / 2)
    }

    private static let tenStepRuns = Measure(
        name: "ten-step-runs", title: "steps in ten-step runs", unit: .perSecond, target: .atLeast(1500)
    ) { stage in
        let (rate, callSize) = try await runs(of: BenchApp.tenSteps, count: 400, on: stage)
        // Eleven calls make ten steps: the last one finds that there is none left.
        let ceiling = try await stage.echo.callsPerSecond(bodySize: callSize) * 10 / 11
        return Round(value: rate * 10, ceiling: ceiling)
    }

    /// Steps under each preset; beside them, in the same round, with one call per step.
    private static let checkpointing = [
        ("safe", BenchApp.tenStepsSafe, nil), ("blended", BenchApp.tenStepsBlended, nil),
        ("performant", BenchApp.tenStepsPerformant, Target.atLeastOfCeiling(5)),
    ].map { preset, event, target in
        Measure(
            name: "checkpointing-\(preset)", title: "steps in ten-step runs, checkpointing .\(preset)",
            unit: .perSecond,
            target: target
        ) { stage in
            let (without, _) = try await runs(of: BenchApp.tenSteps, count: 400, on: stage)
            let (with, _) = try await runs(of: event, count: 400, on: stage)
            return Round(value: with * 10, ceiling: without * 10)
        }
    }

    // MARK: Open dashboards

    /// Beside them, in the same round, without: before and after, so that a machine that slows down counts for neither.
    private static let dashboards = [
        Measure(
            name: "dashboards-steps", title: "steps in ten-step runs, 50 dashboards open", unit: .perSecond,
            target: .atLeastOfCeiling(0.95)
        ) { stage in
            func steps() async throws -> Double { try await runs(of: BenchApp.tenSteps, count: 800, on: stage).0 * 10 }
            let before = try await steps()
            let with = try await Dashboards.open(50, of: stage.child.origin) { try await steps() }
            let after = try await steps()
            return Round(value: with, ceiling: (before + after) / 2)
        },
        Measure(
            name: "dashboards-cpu", title: "processor time a step, orchestrator only, 50 dashboards open",
            unit: .microseconds, target: nil
        ) { stage in
            func cost() async throws -> Double {
                let before = try ProcessStatus(stage.child)
                _ = try await runs(of: BenchApp.tenSteps, count: 800, on: stage)
                let after = try ProcessStatus(stage.child)
                return (after.processorSeconds - before.processorSeconds) / 8000 * 1_000_000
            }
            let without = try await cost()
            return Round(
                value: try await Dashboards.open(50, of: stage.child.origin) { try await cost() }, ceiling: without)
        },
    ]

    /// Runs per second from the first event to the last end, and the mean size of the calls.
    static func runs(of event: String, count: Int, on stage: Stage) async throws -> (Double, Int) {
        stage.app.watch(runs: count)
        let start = ContinuousClock.now
        try await stage.send(event, count: count)
        let readings = try await stage.app.watched()
        guard let end = readings.lastRunEnded else { throw RigError("no run ended") }
        return (Double(count) / (end - start).inSeconds, readings.meanCallSize)
    }

    private static let singleEvents = Measure(
        name: "events", title: "events, one a request", unit: .perSecond, target: nil
    ) { stage in
        try await events(perRequest: 1, requests: 5000, on: stage)
    }

    private static let batchedEvents = Measure(
        name: "events-batched", title: "events, 100 a request", unit: .perSecond, target: nil
    ) { stage in
        try await events(perRequest: 100, requests: 200, on: stage)
    }

    private static func events(perRequest: Int, requests: Int, on stage: Stage) async throws -> Round {
        let size = Int(Double(BenchApp.text.utf8.count + 45) * Double(perRequest))
        let ceiling = try await stage.echo.callsPerSecond(bodySize: size, calls: requests)
        let start = ContinuousClock.now
        try await Crowd.run(64, times: requests) { try await stage.send(BenchApp.unheard, count: perRequest) }
        let rate = Double(requests * perRequest) / (ContinuousClock.now - start).inSeconds
        return Round(value: rate, ceiling: ceiling * Double(perRequest))
    }

    // MARK: Processor time, which says the same on a busy machine

    private static let processorPerStep = Measure(
        name: "cpu-per-step", title: "processor time a step, orchestrator only", unit: .microseconds, target: nil
    ) { stage in
        let before = try ProcessStatus(stage.child).processorSeconds
        _ = try await runs(of: BenchApp.tenSteps, count: 400, on: stage)
        return Round(value: (try ProcessStatus(stage.child).processorSeconds - before) / 4000 * 1_000_000)
    }

    private static let processorPerEvent = Measure(
        name: "cpu-per-event", title: "processor time an event, 100 a request", unit: .microseconds, target: nil
    ) { stage in
        let before = try ProcessStatus(stage.child).processorSeconds
        try await Crowd.run(64, times: 300) { try await stage.send(BenchApp.unheard, count: 100) }
        return Round(value: (try ProcessStatus(stage.child).processorSeconds - before) / 30_000 * 1_000_000)
    }

    // MARK: Idle

    private static let idleMemory = Measure(
        name: "idle-memory", title: "memory when started and idle", unit: .mebibytes, target: .atMost(60),
        setting: .atRest
    ) { stage in
        Round(value: Double(try ProcessStatus(stage.child).residentBytes) / 1_048_576)
    }

    private static let idleProcessor = Measure(
        name: "idle-cpu", title: "processor time when idle", unit: .percentOfCore, target: .atMost(1),
        setting: .atRest
    ) { stage in
        let (start, before) = (ContinuousClock.now, try ProcessStatus(stage.child).processorSeconds)
        try await Task.sleep(for: .seconds(3))
        let used = try ProcessStatus(stage.child).processorSeconds - before
        return Round(value: used / (ContinuousClock.now - start).inSeconds * 100)
    }
}
