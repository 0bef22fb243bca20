import ArgumentParser
import Foundation
import PostgresRig

@main struct Main: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench",
        abstract: "Measures the orchestrator, against an echo over HTTP on the same machine in the same minute.",
        discussion:
            "Measures: \(Measure.all.map(\.name).joined(separator: ", ")). docs/benchmarks.md says what they are.")

    @Argument(help: "What to measure. Without names, all.")
    var names: [String] = []

    @Option(help: "How often each is measured; one more round before them warms up.")
    var rounds = 5

    @Option(help: "So many orchestrators on a PostgreSQL server, which is started for this, instead of one on a file.")
    var postgres: Int?

    @Option(help: "The binary, a release build.")
    var orchestrator = ".build/release/orchestrator"

    @Option(help: "Where to write the figures as JSON.")
    var json = ".build/bench/latest.json"

    func validate() throws {
        let known = Measure.all.map(\.name)
        for name in names where !Measure.all.contains(where: { $0.isAmong([name]) }) {
            throw ValidationError("'\(name)' is none of \(known.joined(separator: ", "))")
        }
        guard (1...20).contains(postgres ?? 1) else { throw ValidationError("--postgres: 1 to 20") }
        guard (1...100).contains(rounds) else { throw ValidationError("--rounds: 1 to 100") }
    }

    func run() async throws {
        let machine = Machine()
        let chosen = names.isEmpty ? Measure.all : Measure.all.filter { $0.isAmong(names) }
        defer {
            WaitingEngine.removeFiles()
            QueuedEngine.removeFiles()
        }
        var figures: [Figure] = []
        for setting in Measure.Setting.allCases {
            let measures = chosen.filter { $0.setting == setting }
            if measures.isEmpty { continue }
            switch setting {
            case .inProcess: figures += try await measure(measures, in: Measure.Surroundings())
            case .clusters: figures += try await onClusters(measures)
            case .atRest, .underLoad: figures += try await onStage(measures)
            }
        }
        let report = Report(machine: machine, figures: figures)
        print("\n\(report.table)\n\n\(machine.description)")
        try write(report)
    }

    private func onStage(_ measures: [Measure]) async throws -> [Figure] {
        try await inFolder { folder in
            let stage = try await Stage.set(
                binary: URL(fileURLWithPath: orchestrator), folder: folder,
                server: try postgres.map { _ in try PostgresServer() }, count: postgres ?? 1)
            defer { stage.strike() }
            return try await measure(measures, in: Measure.Surroundings(stage: stage))
        }
    }

    private func onClusters(_ measures: [Measure]) async throws -> [Figure] {
        try await inFolder { folder in
            let clusters = try await Clusters.set(binary: URL(fileURLWithPath: orchestrator), folder: folder)
            defer { clusters.strike() }
            return try await measure(measures, in: Measure.Surroundings(clusters: clusters))
        }
    }

    private func inFolder(_ body: (URL) async throws -> [Figure]) async throws -> [Figure] {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("bench-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        return try await body(folder)
    }

    private func measure(_ measures: [Measure], in surroundings: Measure.Surroundings) async throws -> [Figure] {
        var figures: [Figure] = []
        for measure in measures {
            _ = try await measure.round(surroundings)
            var rounds: [Measure.Round] = []
            for number in 1...self.rounds {
                let round = try await measure.round(surroundings)
                rounds.append(round)
                FileHandle.standardError.write(Data("\(measure.name) \(number): \(round.value)\n".utf8))
            }
            figures.append(Figure(measure: measure, rounds: rounds))
        }
        return figures
    }

    private func write(_ report: Report) throws {
        let file = URL(fileURLWithPath: json)
        try FileManager.default.createDirectory(
            at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(report.json.bytes).write(to: file)
        print("as JSON: \(file.path)")
    }
}
