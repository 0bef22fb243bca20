import Foundation
import PostgresRig
import Simulation
import Stores
import Testing

/// Some random programs of the simulation; `scripts/simulate` runs many.
@Suite struct SimulationTests {
    @Test(arguments: 0..<10)
    func holdsWhatTheModelsSay(batch: UInt64) throws {
        let violations = try Self.violations((batch * 10)..<(batch * 10 + 10))
        #expect(violations == [])
    }

    @Test func holdsWhatTheModelsSayOnPostgreSQL() throws {
        let violations = try Self.violations(0..<10, on: PostgresServer.shared.get())
        #expect(violations == [])
    }

    @Test func holdsWhatTheModelsSayOfSeveralOrchestrators() throws {
        let violations = try Self.violations(0..<10, on: PostgresServer.shared.get(), nodes: 2)
        #expect(violations == [])
    }

    /// Neither the store nor chance decides anything.
    @Test func isTheSameForTheSameSeed() throws {
        let database = PostgresAddress(try PostgresServer.shared.get().newSchema())
        for seed: UInt64 in [3, 4, 5] {
            let trace = try Self.run(seed)
            #expect(try Self.run(seed) == trace)
            #expect(try Self.run(seed, on: database) == trace)
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

    /// - Returns: the programs that were not as they should be, and why.
    private static func violations(_ seeds: Range<UInt64>, on server: PostgresServer? = nil, nodes: Int = 1) throws
        -> [String]
    {
        let database = try server.map { PostgresAddress(try $0.newSchema(), patience: Place.patience) }
        return seeds.compactMap { seed in
            do {
                try run(seed, on: database, nodes: nodes)
                return nil
            } catch {
                let store = database == nil ? "" : " --postgres --nodes \(nodes)"
                return "scripts/simulate --seed \(seed)\(store): \(error)"
            }
        }
    }

    @discardableResult
    private static func run(_ seed: UInt64, on database: PostgresAddress? = nil, nodes: Int = 1) throws -> [String] {
        let trace = Trace(isOn: true)
        if let database {
            try Simulation.run(seed: seed, in: .database(database), nodes: nodes, trace: trace)
            return trace.lines
        }
        let folder = FileManager.default.temporaryDirectory.appending(path: "simulation-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try Simulation.run(seed: seed, in: .file(folder.appending(path: "world").path), trace: trace)
        return trace.lines
    }
}
