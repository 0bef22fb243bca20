import Foundation
import Simulation

/// Runs the simulation: see `--help`.
@main
enum Simulate {
    static func main() async {
        let arguments: Arguments
        do {
            arguments = try Arguments(Array(CommandLine.arguments.dropFirst()))
        } catch {
            say("error: \(error)\n\n\(Arguments.usage)")
            exit(64)
        }
        if arguments.wantsHelp { return print(Arguments.usage) }
        exit(await arguments.seeds.count == 1 ? replay(arguments.seeds.lowerBound) : trials(arguments))
    }

    /// One program, told line by line.
    private static func replay(_ seed: UInt64) -> Int32 {
        let trace = Trace(isOn: true)
        let result = Result { try Folder.with { try Simulation.run(seed: seed, in: $0, trace: trace) } }
        print(trace.lines.joined(separator: "\n"))
        switch result {
        case .success:
            print("seed \(seed): all as it should be")
            return 0
        case .failure(let error):
            say("seed \(seed): \(error)")
            return 1
        }
    }

    private static func trials(_ arguments: Arguments) async -> Int32 {
        let clock = ContinuousClock()
        let start = clock.now
        let report = await Trials.run(arguments.seeds, workers: arguments.workers)
        for (seed, problem) in report.failures.prefix(10) {
            say("seed \(seed): \(problem)\n    scripts/simulate --seed \(seed) shows how it comes to this")
        }
        let counts = report.coverage.counts.sorted { ($0.value, $0.key.rawValue) > ($1.value, $1.key.rawValue) }
        for (feature, count) in counts {
            let number = "\(count)"
            print(String(repeating: " ", count: max(0, 9 - number.count)) + "\(number)  \(feature.rawValue)")
        }
        let seconds = (clock.now - start).components.seconds
        print("\(arguments.seeds.count) programs in \(seconds) s, \(report.failures.count) failed")
        guard report.failures.isEmpty else { return 1 }
        let missing = report.coverage.missing
        if arguments.seeds.count >= Arguments.seedsForAll, !missing.isEmpty {
            say("never happened: \(missing.map(\.rawValue).joined(separator: ", "))")
            return 1
        }
        return 0
    }

    private static func say(_ text: String) { FileHandle.standardError.write(Data("\(text)\n".utf8)) }
}
