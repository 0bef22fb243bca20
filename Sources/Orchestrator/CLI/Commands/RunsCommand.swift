import ArgumentParser
import JSON
import Wire

/// `orchestrator runs`
struct RunsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "runs",
        abstract: "See, cancel and repeat runs.",
        discussion: """
            EXAMPLES
              orchestrator runs --status failed --after 1d
              orchestrator runs show 01KAR2J8W5T5V2M8QY9H3X4N7B
              orchestrator runs why 01KAR2J8W5T5V2M8QY9H3X4N7B
              orchestrator runs test 01KAR2J8W5T5V2M8QY9H3X4N7B > Tests/ImportTests/ImportRunTests.swift
              orchestrator runs --status failed --json | jq -r '.[].run_id' | xargs orchestrator runs rerun
            """,
        subcommands: [
            RunsListCommand.self, RunsShowCommand.self, RunsWhyCommand.self, RunsCancelCommand.self,
            RunsRerunCommand.self, RunsWaitCommand.self, RunsTestCommand.self,
        ],
        defaultSubcommand: RunsListCommand.self)
}

/// `orchestrator runs list`
struct RunsListCommand: ClientCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "List runs, the newest first.")

    @Option(help: "Only runs in this state; may be repeated.")
    var status: [RunState] = []

    @Option(help: ArgumentHelp("Only runs of this function.", valueName: "slug"))
    var function: String?

    @Option(help: ArgumentHelp("Only runs of this app.", valueName: "name"))
    var app: String?

    @OptionGroup var range: RangeOptions
    @OptionGroup var client: ClientOptions

    func run(in session: ClientSession) async throws {
        let times = try await range.resolved(session)
        let path = ("/v1/runs" as APIPath)
            .adding(status.map { ("status", $0.rawValue) })
            .adding([("function", function), ("app", app), ("after", times.after), ("before", times.before)])
        let list = try await session.api.list(path, limit: range.limit)
        session.show(list, empty: "no such runs; `orchestrator send` or `orchestrator invoke` starts some") { _ in
            RunTable.make(list.elements, now: list.now)
        }
    }
}

/// `orchestrator runs show`
struct RunsShowCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show a run as a timeline: its steps to scale, attempts, errors, what it waits for, its output.")

    @Argument(help: "The run's id.")
    var id: ULIDArgument

    @Flag(help: "Cut nothing, and show what every step returned.")
    var full = false

    @OptionGroup var client: ClientOptions

    func run(in session: ClientSession) async throws {
        let answer = try await session.api.get("/v1/runs/\(id.text)/timeline")
        session.show(answer.data) { terminal in
            TimelineRendering(
                answer.data, now: answer.now, width: terminal.drawingWidth, paint: terminal.paint, full: full
            ).lines()
        }
    }
}

/// `orchestrator runs why`
struct RunsWhyCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "why", abstract: "Say what a run waits for, or why it ended as it did.")

    @Argument(help: "The run's id.")
    var id: ULIDArgument

    @OptionGroup var client: ClientOptions

    func run(in session: ClientSession) async throws {
        let answer = try await session.api.get("/v1/runs/\(id.text)/timeline")
        let timeline = RunTimeline(answer.data, now: answer.now)
        let data: JSON = [
            "ending": answer.data["ending"], "error": timeline.run.state == .failed ? timeline.run.output : nil,
            "status": .string(timeline.run.statusText), "waiting": answer.data["waiting"] ?? .emptyArray,
        ]
        session.show(data) { terminal in Self.lines(timeline, width: terminal.drawingWidth) }
    }

    static func lines(_ timeline: RunTimeline, width: Int) -> [String] {
        let run = timeline.run
        guard timeline.blockers.isEmpty else {
            return timeline.blockers.flatMap { $0.lines(now: timeline.now, width: width) }
        }
        let ended = run.endedAt.map { " " + TimeText.relative($0, to: timeline.now) } ?? ""
        guard let ending = timeline.ending else {
            return [
                run.state == .completed
                    ? "it waits for nothing: it was completed\(ended)"
                    : "it waits for nothing that the orchestrator knows of"
            ]
        }
        let what = run.state == .failed ? "failed" : "was \(run.statusText.lowercased())"
        return TerminalText.wrapped("it \(what)\(ended): \(TerminalText.oneLine(ending))", to: width)
    }
}
