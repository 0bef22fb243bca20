import ArgumentParser
import JSON
import Wire

/// `orchestrator send`
struct SendCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "send",
        abstract: "Send an event, or a file of events.",
        discussion: """
            Functions that are triggered by the event start; runs that wait for it go on.

            EXAMPLES
              orchestrator send app/account.created --data '{"email":"ada@example.com"}'
              orchestrator send app/account.created --data @account.json --id signup-42
              orchestrator send app/reminder.due --ts +3d
              orchestrator send --file events.json
              orchestrator send app/import.asked --wait && echo imported

            --wait waits for the runs that the event has started, and exits with 1 if one of them does not complete.
            """)

    @Argument(help: "The event's name, such as app/account.created.")
    var name: String?

    @Option(help: ArgumentHelp("The event's data, an object: JSON, @file, or - for standard input.", valueName: "json"))
    var data: JSONArgument?

    @Option(help: ArgumentHelp("Whom the event is about, an object: JSON, @file or -.", valueName: "json"))
    var user: JSONArgument?

    @Option(help: "An id of your own: another event with it within a day starts nothing.")
    var id: String?

    @Option(
        help: ArgumentHelp(
            "When it happened or will happen: 2026-11-23T12:00:00Z, or +3d from the orchestrator's present. Functions "
                + "start then.", valueName: "time"))
    var ts: TimeArgument?

    @Option(
        help: ArgumentHelp("Send the event, or list of events, in this file; - for standard input.", valueName: "path"))
    var file: String?

    // Not a default value: those are printed by --help.
    @Option(
        name: [.customLong("event-key"), .customLong("key")],
        help: ArgumentHelp("The event key; in dev none is needed. (env: INNGEST_EVENT_KEY)", valueName: "key"))
    var key: String?

    @Flag(help: "Wait until the runs that it starts have ended.")
    var wait = false

    @OptionGroup var waiting: WaitOptions
    @OptionGroup var client: ClientOptions

    func validate() throws {
        if file == nil, name == nil {
            throw ValidationError("name the event, such as `orchestrator send app/account.created`, or give --file")
        }
        if file != nil, name != nil || data != nil || user != nil || id != nil || ts != nil {
            throw ValidationError("--file holds whole events: leave out the name, --data, --user, --id and --ts")
        }
        if data?.source == "-", user?.source == "-" {
            throw ValidationError("standard input can be --data or --user, not both")
        }
        if waiting.timeout != nil, !wait { throw ValidationError("--timeout goes with --wait") }
    }

    func run(in session: ClientSession) async throws {
        let answer = try await send(try await body(session), session)
        let ids = answer.json["ids"]?.elements.compactMap(\.string) ?? []
        guard wait else {
            return session.show(.array(ids.map(JSON.string))) { terminal in
                ids.map { "\(terminal.paint("✓", .good)) accepted  \(TerminalText.safe($0))" }
            }
        }
        let runs = try await session.waitForEnd(timeout: waiting.timeout?.duration) {
            var runs: [JSON] = []
            for id in ids { runs += try await session.api.list("/v1/events/\(id)/runs", limit: Self.mostRuns).elements }
            return runs
        }
        if runs.isEmpty {
            session.terminal.note("no function was started by \(ids.count == 1 ? "this event" : "these events")")
        }
        try session.showEnded(runs)
    }

    private func send(_ body: JSON, _ session: ClientSession) async throws -> APIAnswer {
        let key = key ?? ClientOptions.environment("INNGEST_EVENT_KEY") ?? "dev"
        do {
            return try await session.api.send(.POST, "/e/\(key)", body: body)
        } catch let failure as CommandFailure where failure.status == .refused {
            throw failure.advising("give an event key with --key or in INNGEST_EVENT_KEY")
        }
    }

    /// What is posted.
    private func body(_ session: ClientSession) async throws -> JSON {
        if let file {
            let events = try (JSONArgument(argument: file == "-" ? "-" : "@" + file))?.read("--file") ?? .emptyArray
            guard events.kind == .object || events.kind == .array else {
                throw CommandFailure(
                    .usage, "--file: an event or a list of events is expected, not a \(events.kind.rawValue)")
            }
            return events
        }
        var time: Timestamp?
        if let ts { time = ts.resolved(now: ts.isRelative ? try await session.api.now() : .wallClock) }
        return [
            "name": name.map(JSON.string), "data": try data?.object("--data") ?? .emptyObject,
            "user": try user?.object("--user"), "id": id.map(JSON.string), "ts": time.map { .int($0.milliseconds) },
        ]
    }

    /// Of one event; far more than any event starts.
    private static let mostRuns = 1000
}
