import ArgumentParser
import JSON
import Wire

/// `orchestrator functions`
struct FunctionsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "functions",
        abstract: "See the functions that apps have registered, pause them and let them go on.",
        subcommands: [FunctionsListCommand.self, FunctionsPauseCommand.self, FunctionsResumeCommand.self],
        defaultSubcommand: FunctionsListCommand.self)
}

/// `orchestrator functions list`
struct FunctionsListCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List functions.",
        discussion: """
            EXAMPLES
              orchestrator functions
              orchestrator functions --app acme --json | jq -r '.[].slug'
            """)

    @Option(help: ArgumentHelp("Only those of this app.", valueName: "name"))
    var app: String?

    @OptionGroup var client: ClientOptions

    func run(in session: ClientSession) async throws {
        let path: APIPath = if let app { "/v1/apps/\(app)/functions" } else { "/v1/functions" }
        let list = try await session.api.list(path, limit: 10_000)
        session.show(list, empty: "no functions; `orchestrator apps sync URL` looks for an app") { _ in
            Self.table(list.elements, now: list.now)
        }
    }

    static func table(_ functions: [JSON], now: Timestamp) -> TextTable {
        var table = TextTable([
            .flexible("FUNCTION", minimum: 14), .flexible("NAME"), .flexible("APP"), .flexible("TRIGGERS", minimum: 14),
            .fixed("RETRIES", right: true),
        ])
        for function in functions {
            let triggers = function["triggers"]?.elements.map { trigger($0, now: now) } ?? []
            table.append([
                .init((function["slug"]?.string ?? "?") + (function["paused_at"]?.string == nil ? "" : " (paused)")),
                .init(function["name"]?.string ?? ""),
                .init(function["app"]?.string ?? ""), .init(triggers.joined(separator: ", ")),
                .init(function["retries"]?.text ?? ""),
            ])
        }
        return table
    }

    private static func trigger(_ trigger: JSON, now: Timestamp) -> String {
        if let cron = trigger["cron"]?.string {
            let next = trigger.time("next").map { " (\(TimeText.relative($0, to: now)))" } ?? ""
            return cron + next
        }
        let condition = trigger["expression"]?.string.map { " if \($0)" } ?? ""
        return (trigger["event"]?.string ?? "?") + condition
    }
}
