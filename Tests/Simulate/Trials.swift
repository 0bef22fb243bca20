import Simulation

/// Many programs, on several threads.
struct Trials: Sendable {
    var coverage = Coverage()
    /// How many were run.
    var programs = 0
    var failures: [(seed: UInt64, problem: String)] = []

    static func run(_ seeds: Range<UInt64>, workers: Int, on ground: Ground, nodes: Int) async throws -> Trials {
        let workers = UInt64(max(1, workers))
        return try await withThrowingTaskGroup(of: Trials.self) { group in
            for worker in 0..<workers {
                group.addTask {
                    var trials = Trials()
                    let plot = try ground.plot()
                    for seed in seeds where seed % workers == worker && trials.failures.count < 10 {
                        trials.run(seed, plot, nodes)
                    }
                    return trials
                }
            }
            var all = try await group.reduce(into: Trials()) { all, part in
                all.coverage.add(part.coverage)
                all.programs += part.programs
                all.failures += part.failures
            }
            all.failures.sort { $0.seed < $1.seed }
            return all
        }
    }

    private mutating func run(_ seed: UInt64, _ plot: Ground.Plot, _ nodes: Int) {
        programs += 1
        do {
            coverage.add(
                try plot.with { try Simulation.run(seed: seed, in: $0, nodes: nodes, trace: Trace(isOn: false)) })
        } catch {
            failures.append((seed, "\(error)"))
        }
    }
}
