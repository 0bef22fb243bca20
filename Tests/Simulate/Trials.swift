import Foundation
import Simulation

/// Many programs, on several threads.
struct Trials: Sendable {
    var coverage = Coverage()
    /// How many were run.
    var programs = 0
    var failures: [(seed: UInt64, problem: String)] = []

    static func run(_ seeds: Range<UInt64>, workers: Int) async -> Trials {
        let workers = UInt64(max(1, workers))
        return await withTaskGroup(of: Trials.self) { group in
            for worker in 0..<workers {
                group.addTask {
                    var trials = Trials()
                    for seed in seeds where seed % workers == worker && trials.failures.count < 10 { trials.run(seed) }
                    return trials
                }
            }
            var all = await group.reduce(into: Trials()) { all, part in
                all.coverage.add(part.coverage)
                all.programs += part.programs
                all.failures += part.failures
            }
            all.failures.sort { $0.seed < $1.seed }
            return all
        }
    }

    private mutating func run(_ seed: UInt64) {
        programs += 1
        do {
            coverage.add(
                try Folder.with { try Simulation.run(seed: seed, in: $0, trace: Trace(isOn: false)) })
        } catch {
            failures.append((seed, "\(error)"))
        }
    }
}

/// A folder that is there for as long as a body runs: in memory, where the machine has such a place.
enum Folder {
    static func with<Result>(_ body: (URL) throws -> Result) throws -> Result {
        let memory = "/dev/shm"
        let parent =
            FileManager.default.isWritableFile(atPath: memory)
            ? URL(filePath: memory) : FileManager.default.temporaryDirectory
        let folder = parent.appending(component: "simulation-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        return try body(folder)
    }
}
