import Foundation
import Simulation
import Testing

/// Some random programs of the simulation; `scripts/simulate` runs many.
@Suite struct SimulationTests {
    @Test(arguments: 0..<10)
    func holdsWhatTheModelsSay(batch: UInt64) throws {
        var coverage = Coverage()
        for seed in (batch * 10)..<(batch * 10 + 10) { coverage.add(try Self.run(seed).coverage) }
        #expect(!coverage.commands.isEmpty)
    }

    @Test func isTheSameForTheSameSeed() throws {
        for seed: UInt64 in [3, 4, 5] {
            #expect(try Self.run(seed).trace == Self.run(seed).trace)
        }
    }

    /// A command that is added must be simulated, too.
    @Test func knowsEveryCommand() throws {
        let folder = URL(filePath: #filePath).appending(path: "../../../../Sources/Engine/Commands").standardized
        let files = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
        let commands = try files.flatMap { file in
            let text = try String(contentsOf: file, encoding: .utf8)
            return text.matches(of: /struct (\w+): (?:Answer)?Command/).map { "\($0.1)" }
        }
        #expect(commands.sorted() == Coverage.allCommands.sorted())
    }

    private static func run(_ seed: UInt64) throws -> (coverage: Coverage, trace: [String]) {
        let folder = FileManager.default.temporaryDirectory.appending(path: "simulation-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let trace = Trace(isOn: true)
        do {
            return (try Simulation.run(seed: seed, in: folder, trace: trace), trace.lines)
        } catch {
            Issue.record("scripts/simulate --seed \(seed): \(error)")
            throw error
        }
    }
}
