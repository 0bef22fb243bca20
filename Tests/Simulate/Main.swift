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
        do {
            let ground: Ground = arguments.isOnPostgres ? try .postgres() : .files
            let isWell =
                arguments.seeds.count == 1
                ? try replay(arguments.seeds.lowerBound, on: ground, nodes: arguments.nodes)
                : try await trials(arguments, on: ground)
            if isWell { return }
        } catch {
            say("error: \(error)")
        }
        exit(1)
    }

    /// One program, told line by line.
    private static func replay(_ seed: UInt64, on ground: Ground, nodes: Int) throws -> Bool {
        let trace = Trace(isOn: true)
        let plot = try ground.plot()
        let result = Result { try plot.with { try Simulation.run(seed: seed, in: $0, nodes: nodes, trace: trace) } }
        print(trace.lines.joined(separator: "\n"))
        switch result {
        case .success:
            print("seed \(seed): all as it should be")
            return true
        case .failure(let error):
            say("seed \(seed): \(error)")
            return false
        }
    }

    private static func trials(_ arguments: Arguments, on ground: Ground) async throws -> Bool {
        let clock = ContinuousClock()
        let start = clock.now
        let report = try await Trials.run(
            arguments.seeds, workers: arguments.workers, on: ground, nodes: arguments.nodes)
        for (seed, problem) in report.failures.prefix(10) {
            say("seed \(seed): \(problem)\n    \(arguments.replay(seed)) shows how it comes to this")
        }
        tell(report.coverage.counts.map { ($0.rawValue, $1) })
        tell(Array(report.coverage.commands).map { ("command \($0.key)", $0.value) })
        let seconds = (clock.now - start).components.seconds
        print("\(report.programs) programs in \(seconds) s, \(report.failures.count) failed")
        guard report.failures.isEmpty else { return false }
        let missing = report.coverage.missing(nodes: arguments.nodes)
        if arguments.seeds.count >= Arguments.seedsForAll, !missing.isEmpty {
            say("never happened: \(missing.joined(separator: ", "))")
            return false
        }
        return true
    }

    private static func tell(_ counts: [(name: String, count: Int)]) {
        for (name, count) in counts.sorted(by: { ($0.count, $0.name) > ($1.count, $1.name) }) {
            let number = "\(count)"
            print(String(repeating: " ", count: max(0, 9 - number.count)) + "\(number)  \(name)")
        }
    }

    private static func say(_ text: String) { FileHandle.standardError.write(Data("\(text)\n".utf8)) }
}
