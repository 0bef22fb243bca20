import ArgumentParser

/// The command line.
@main
struct OrchestratorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "orchestrator",
        abstract: "Runs durable functions: takes events in, calls apps step by step, and remembers.",
        discussion: ClientCommands.discussion,
        version: OrchestratorVersion.text,
        subcommands: [Dev.self, Start.self] + ClientCommands.all + [ExprCommand.self, CronCommand.self])
}
