import ArgumentParser
import JSON
import Wire

/// `orchestrator events`
struct EventsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "events",
        abstract: "See the events that came in.",
        subcommands: [ListCommand.self, ShowCommand.self, EventsWhyCommand.self],
        defaultSubcommand: ListCommand.self)

    struct ListCommand: ClientCommand {
        static let configuration = CommandConfiguration(
            commandName: "list",
            abstract: "List events, the newest first.",
            discussion: """
                EXAMPLES
                  orchestrator events --name app/account.created --limit 5
                  orchestrator events --after 1h --internal
                """)

        @Option(help: "Only events of this name.")
        var name: String?

        @OptionGroup var range: RangeOptions

        @Flag(name: .customLong("internal"), help: "Include the orchestrator's own events (inngest/*).")
        var internalEvents = false

        @OptionGroup var client: ClientOptions

        func run(in session: ClientSession) async throws {
            let times = try await range.resolved(session)
            let path = ("/v1/events" as APIPath).adding([
                ("name", name), ("received_after", times.after), ("received_before", times.before),
                ("internal", internalEvents ? "true" : nil),
            ])
            let list = try await session.api.list(path, limit: range.limit)
            session.show(list, empty: "no events; send one with `orchestrator send NAME`") { _ in
                EventTable.make(list.elements, now: list.now)
            }
        }
    }

    struct ShowCommand: ClientCommand {
        static let configuration = CommandConfiguration(
            commandName: "show", abstract: "Show an event and the runs that it started.")

        @Argument(help: "The event's id, as `orchestrator events` lists it.")
        var id: ULIDArgument

        @Flag(help: "Cut nothing.")
        var full = false

        @OptionGroup var client: ClientOptions

        func run(in session: ClientSession) async throws {
            let event = try await session.api.get("/v1/events/\(id.text)")
            let runs = try await session.api.list("/v1/events/\(id.text)/runs", limit: 1000)
            session.show(["event": event.data, "runs": .array(runs.elements)]) { terminal in
                EventTable.details(event.data, now: event.now, terminal: terminal, full: full) + [""]
                    + (runs.elements.isEmpty
                        ? ["no function was started by this event"]
                        : RunTable.make(runs.elements, now: event.now).lines(
                            width: terminal.width, paint: terminal.paint))
            }
        }
    }
}

/// Events for people.
enum EventTable {
    static func make(_ events: [JSON], now: Timestamp) -> TextTable {
        var table = TextTable([.fixed("ID"), .flexible("NAME", minimum: 16), .fixed("RECEIVED"), .flexible("DATA")])
        for event in events {
            table.append([
                .init(id(event)), .init(event["name"]?.string ?? "?"),
                .init(event.time("received_at").map { TimeText.relative($0, to: now) } ?? "", .quiet),
                .init(String((event["data"]?.text ?? "").prefix(120)), .quiet),
            ])
        }
        return table
    }

    static func details(_ event: JSON, now: Timestamp, terminal: Terminal, full: Bool) -> [String] {
        var fields = [("event", id(event))]
        if let own = event["id"]?.string, own != id(event) { fields.append(("own id", own)) }
        if let received = event.time("received_at") { fields.append(("received", TimeText.full(received, now: now))) }
        if let ts = event["ts"]?.int {
            fields.append(("time", TimeText.full(Timestamp(milliseconds: Int64(ts)), now: now)))
        }
        if let version = event["v"]?.string { fields.append(("version", version)) }
        if let user = event["user"], user != .emptyObject { fields.append(("user", user.text)) }
        let head = terminal.paint(TerminalText.oneLine(event["name"]?.string ?? "?"), .strong)
        let lines = fields.map {
            terminal.paint(TerminalText.fitted($0, to: 10), .quiet) + "  " + TerminalText.oneLine($1)
        }
        let data = JSONText.lines(
            event["data"] ?? .emptyObject, limit: full ? .max : 40, width: full ? nil : terminal.width.map { $0 - 2 })
        return [head] + lines + ["", terminal.paint("Data", .strong)] + data.map { "  " + $0 }
    }

    private static func id(_ event: JSON) -> String { event["internal_id"]?.string ?? event["id"]?.string ?? "?" }
}
