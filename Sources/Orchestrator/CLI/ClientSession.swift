import JSON
import Wire

/// What a command has at hand while it runs.
struct ClientSession: Sendable {
    let api: APIClient
    let terminal: Terminal
    let printsJSON: Bool
    /// How waiting commands wait; tests do not.
    let pause: @Sendable (Duration) async throws -> Void

    static let sleep: @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }

    /// Prints data for programs, or lines for people.
    func show(_ data: JSON, _ lines: (Terminal) -> [String]) {
        if printsJSON {
            terminal.print(JSONText.document(data))
        } else {
            terminal.print(lines(terminal))
        }
    }

    /// Prints a list, and how to see more of it.
    func show(_ list: APIList, empty: String, table: (Terminal) -> TextTable) {
        if printsJSON { return terminal.print(JSONText.document(.array(list.elements))) }
        guard !list.elements.isEmpty else { return terminal.note(empty) }
        terminal.print(table(terminal).lines(width: terminal.width, paint: terminal.paint))
        if list.hasMore { terminal.note("there are more; --limit shows them") }
    }
}
