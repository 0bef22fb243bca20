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
        tell(report.coverage.counts.map { ($0.rawValue, $1) })
        tell(Array(report.coverage.commands).map { ("command \($0.key)", $0.value) })
        let seconds = (clock.now - start).components.seconds
        print("\(report.programs) programs in \(seconds) s, \(report.failures.count) failed")
        guard report.failures.isEmpty else { return 1 }
        let missing = report.coverage.missing
        if arguments.seeds.count >= Arguments.seedsForAll, !missing.isEmpty {
            say("never happened: \(missing.joined(separator: ", "))")
            return 1
        }
        return 0
    }

    private static func tell(_ counts: [(name: String, count: Int)]) {
        for (name, count) in counts.sorted(by: { ($0.count, $0.name) > ($1.count, $1.name) }) {
            let number = "\(count)"
            print(String(repeating: " ", count: max(0, 9 - number.count)) + "\(number)  \(name)")
        }
    }

    private static func say(_ text: String) { FileHandle.standardError.write(Data("\(text)\n".utf8)) }
}
