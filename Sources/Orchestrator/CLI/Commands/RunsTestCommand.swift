import ArgumentParser

/// `orchestrator runs test`
struct RunsTestCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "test",
        abstract: "Print the code of a test that starts the function in the same way and expects what happened.")

    @Argument(help: "The run's id.")
    var id: ULIDArgument

    @OptionGroup var client: ClientOptions

    func run(in session: ClientSession) async throws {
        let answer = try await session.api.get("/v1/runs/\(id.text)/test")
        let code = answer.data["code"]?.string ?? ""
        session.show(answer.data) { _ in
            var lines = code.split(separator: "\n", omittingEmptySubsequences: false)
            if lines.last?.isEmpty == true { lines.removeLast() }
            return lines.map { TerminalText.safe(String($0)) }
        }
    }
}
