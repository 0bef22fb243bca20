import ArgumentParser
import Foundation

@main struct Main: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "kill-loop",
        abstract: "Kills the orchestrator at random moments under load, and checks that it kept what it promised.",
        discussion: """
            Every acknowledged event has its runs, each once; no acknowledged step ran again; all runs completed; no rule \
            of flow control let more through than it promises, and every event says what it led to. \
            The seed fixes what is sent and when it is killed; how far the orchestrator is by then differs.
            """)

    @Argument(help: "How often it is killed.")
    var kills = 30

    @Option(help: "A number to repeat a loop. Without it, another each time.")
    var seed: UInt64?

    @Flag(help: "Several orchestrators on a PostgreSQL server, which is started for this, instead of one on a file.")
    var postgres = false

    @Option(help: "With --postgres: how many.")
    var nodes = 2

    @Option(help: "The binary.")
    var orchestrator = ".build/debug/orchestrator"

    func validate() throws {
        guard (1...100_000).contains(kills) else { throw ValidationError("kills: 1 to 100000") }
        guard (1...20).contains(nodes) else { throw ValidationError("--nodes: 1 to 20") }
    }

    func run() async throws {
        let seed = seed ?? UInt64.random(in: 1...999_999)
        let folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("kill-loop-\(seed)-\(ProcessInfo.processInfo.processIdentifier)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        say("seed \(seed), \(kills) kills")
        let loop = KillLoop(
            kills: kills, seed: seed, binary: URL(fileURLWithPath: orchestrator), folder: folder,
            nodes: postgres ? nodes : nil)
        let passed: Bool
        do {
            passed = try await loop.run()
        } catch {
            say("FAILED: \(error); seed \(seed); what is left is in \(folder.path)")
            throw ExitCode.failure
        }
        guard passed else {
            say("what is left is in \(folder.path)")
            throw ExitCode.failure
        }
        try FileManager.default.removeItem(at: folder)
    }
}
