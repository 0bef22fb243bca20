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
            var table = TextTable([.flexible("FUNCTION", minimum: 14), .fixed("GATE"), .flexible("WHY", minimum: 30)])
            for function in functions {
                table.append([
                    .init(function["function"]?.string ?? "?"), .init(function["gate"]?.string ?? "-", .quiet),
                    .init(function["text"]?.string ?? ""),
                ])
            }
            return table.lines(width: terminal.width, paint: terminal.paint)
        }
    }
}
