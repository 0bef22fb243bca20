import Foundation
import Rig

@testable import Orchestrator

extension RunningOrchestrator {
    /// The binary as users start it, `orchestrator dev`, in a process of its own.
    static func withBinary<Result: Sendable>(
        _ arguments: [String] = [], _ body: @Sendable (RunningOrchestrator) async throws -> Result
    ) async throws -> Result {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("binary-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let child = try OrchestratorChild(binary: built("orchestrator"), log: folder.appendingPathComponent("log"))
        try child.start(
            [
                "dev", "--sqlite", folder.appendingPathComponent("dev.sqlite").path, "--no-discovery", "--no-poll",
                "--retry-interval", "0",
            ] + arguments)
        defer { child.kill() }
        try await child.ready()
        return try await body(RunningOrchestrator(port: child.port))
    }

    /// What was built beside the tests.
    static func built(_ product: String) -> URL {
        URL(fileURLWithPath: CommandLine.arguments[0]).resolvingSymlinksInPath().deletingLastPathComponent()
            .appendingPathComponent(product)
    }
}
