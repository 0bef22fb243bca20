import Foundation
import Testing
import Wire

@testable import Engine

/// Random apps in a random world. `SIMULATION_SEED=17 swift test --filter SimulationTests` replays one;
/// `SIMULATION_PROGRAMS=5000` tries more.
@Suite struct SimulationTests {
    private static let environment = ProcessInfo.processInfo.environment
    private static let seed = environment["SIMULATION_SEED"].flatMap(UInt64.init)
    private static let programs = environment["SIMULATION_PROGRAMS"].flatMap(UInt64.init) ?? 200
    private static let batches: UInt64 = 10

    @Test(arguments: 0..<batches)
    func holdsWhatItPromises(batch: UInt64) throws {
        for seed in 0..<Self.programs where seed % Self.batches == batch {
            if let only = Self.seed, only % Self.batches != batch || only != seed { continue }
            try Self.run(seed)
        }
    }

    /// A seed beyond the usual ones.
    @Test(.enabled(if: seed.map { $0 >= programs } ?? false)) func replays() throws {
        if let seed = Self.seed { try Self.run(seed) }
    }

    @Test func isTheSameForTheSameSeed() throws {
        for seed: UInt64 in [3, 4, 5] {
            #expect(try Self.run(seed) == Self.run(seed))
        }
    }

    /// Returns what is in the database at the end.
    @discardableResult
    private static func run(_ seed: UInt64) throws -> String {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("simulation-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        do {
            let world = try World(seed: seed, folder: folder)
            for _ in 0..<16 {
                for _ in 0..<5 { try world.happen() }
                try world.checkInvariants()
            }
            try world.comeToRest()
            try world.checkRest()
            return try DatabaseDump(world.bench.sqlite).text
        } catch {
            throw Violation("SIMULATION_SEED=\(seed): \(error)")
        }
    }
}
