import ArgumentParser

/// The commands that speak with a running orchestrator, for the root command to list.
enum ClientCommands {
    static let all: [any ParsableCommand.Type] = [
        SendCommand.self, InvokeCommand.self, EventsCommand.self, RunsCommand.self, FunctionsCommand.self,
        AppsCommand.self, ClockCommand.self,
    ]

    /// For the root command's `--help`.
    static let discussion = """
        Commands other than dev, start, expr and cron speak with a running orchestrator: the one at --url, which is \
        \(APIEndpoint.defaultURL) unless ORCHESTRATOR_URL says otherwise. All of them take --json.

        \(ExitStatus.help)
        """
}
