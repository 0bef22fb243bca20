import ArgumentParser
import JSON

/// `orchestrator events why`
struct EventsWhyCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "why",
        abstract: "Say what came of an event: for each function that it matched, the run, or what stopped it.")

    @Argument(help: "The event's id, as `orchestrator events` lists it.")
    var id: ULIDArgument

    @OptionGroup var client: ClientOptions

    func run(in session: ClientSession) async throws {
        let event = try await session.api.get("/v1/events/\(id.text)").data
        let functions = event["functions"].map { Array($0.elements) } ?? []
        session.show(.array(functions)) { terminal in
            guard !functions.isEmpty else {
                return ["no function is triggered by \(TerminalText.oneLine(event["name"]?.string ?? "?"))"]
            }
            return functions.flatMap { Self.lines($0, terminal: terminal) }
        }
    }

    /// The reason is what was asked for: it is never cut.
    private static func lines(_ function: JSON, terminal: Terminal) -> [String] {
        let name = TerminalText.oneLine(function["function"]?.string ?? "?")
        let gate = function["gate"]?.string.map { "  \(terminal.paint($0, .quiet))" } ?? ""
        let text = TerminalText.oneLine(function["text"]?.string ?? "")
        return [terminal.paint(name, .strong) + gate]
            + TerminalText.wrapped(text, to: terminal.drawingWidth - 2).map { "  " + $0 }
    }
}
