import ArgumentParser
import Synchronization
import Testing

@testable import Orchestrator

/// The root command as it will list the client commands.
struct TrialRoot: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "orchestrator", discussion: ClientCommands.discussion, subcommands: ClientCommands.all)
}

/// What came of a command.
struct CommandTrial {
    let output: String
    let error: String
    let status: Int32

    /// Runs a command as `main` would, without waiting between two looks.
    init(_ arguments: [String], url: String, width: Int? = 100) async throws {
        let output = Mutex("")
        let error = Mutex("")
        let terminal = Terminal(
            width: width, paint: .none, output: { text in output.withLock { $0 += text } },
            error: { text in error.withLock { $0 += text } })
        var status = ExitStatus.done.rawValue
        let parsed = try TrialRoot.parseAsRoot(arguments + ["--url", url])
        let command = try #require(parsed as? any ClientCommand)
        do {
            try await command.execute(on: terminal, pause: { _ in })
        } catch let code as ExitCode {
            status = code.rawValue
        }
        self.output = output.withLock { $0 }
        self.error = error.withLock { $0 }
        self.status = status
    }

    var lines: [String] { output.split(separator: "\n").map(String.init) }
}

/// What a person reads when the arguments are wrong.
func usageError(_ arguments: [String]) -> (message: String, status: Int32)? {
    do {
        _ = try TrialRoot.parseAsRoot(arguments)
        return nil
    } catch {
        return (TrialRoot.message(for: error), TrialRoot.exitCode(for: error).rawValue)
    }
}
