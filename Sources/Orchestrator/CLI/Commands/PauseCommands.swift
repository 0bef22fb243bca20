import ArgumentParser
import JSON

/// `orchestrator functions pause`
struct FunctionsPauseCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "pause",
        abstract: "Stop a function: new events are skipped, its runs stand still.",
        discussion: """
            A step that is at work finishes. Runs go on when the function is resumed; if it is not, they are cancelled.

            EXAMPLES
              orchestrator functions pause acme-signup-drip
              orchestrator functions pause acme-signup-drip --cancel-after 2h
            """)

    @Argument(help: "The function's slug, as `orchestrator functions` lists it.")
    var function: String

    @Option(help: ArgumentHelp("When to cancel its runs; 0s is at once. 7d by default.", valueName: "duration"))
    var cancelAfter: String?

    @OptionGroup var client: ClientOptions

    func run(in session: ClientSession) async throws {
        let body = cancelAfter.map { ["cancel_after": .string($0)] as JSON }
        let answer = try await session.api.send(.POST, "/v1/functions/\(function)/pause", body: body)
        let end = answer.data["cancels_at"]?.string ?? "?"
        session.show(answer.data) { terminal in
            [
                "\(terminal.paint("✓", .good)) paused  \(TerminalText.safe(function))",
                "its runs are cancelled at \(TerminalText.safe(end)) unless it is resumed",
            ]
        }
    }
}

/// `orchestrator functions resume`
struct FunctionsResumeCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "resume",
        abstract: "Let a paused function go on.",
        discussion: "Runs that were skipped meanwhile stay skipped; a replay of status Skipped starts them.")

    @Argument(help: "The function's slug, as `orchestrator functions` lists it.")
    var function: String

    @OptionGroup var client: ClientOptions

    func run(in session: ClientSession) async throws {
        let answer = try await session.api.send(.POST, "/v1/functions/\(function)/resume")
        session.show(answer.data) { terminal in
            ["\(terminal.paint("✓", .good)) resumed  \(TerminalText.safe(function))"]
        }
    }
}
