import ArgumentParser
import JSON

/// `orchestrator invoke`
struct InvokeCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "invoke",
        abstract: "Start one function, whatever its triggers.",
        discussion: """
            EXAMPLES
              orchestrator functions
              orchestrator invoke acme-import-contacts --data '{"limit":10}' --wait
            """)

    @Argument(help: "The function's slug, as `orchestrator functions` lists it.")
    var slug: String

    @Option(
        help: ArgumentHelp("The data of its event, an object: JSON, @file, or - for standard input.", valueName: "json")
    )
    var data: JSONArgument?

    @Option(help: ArgumentHelp("The user of its event, an object: JSON, @file or -.", valueName: "json"))
    var user: JSONArgument?

    @Flag(help: "Wait until the run has ended, print its output, and exit with 1 unless it completed.")
    var wait = false

    @OptionGroup var waiting: WaitOptions
    @OptionGroup var client: ClientOptions

    func validate() throws {
        if data?.source == "-", user?.source == "-" {
            throw ValidationError("standard input can be --data or --user, not both")
        }
        if waiting.timeout != nil, !wait { throw ValidationError("--timeout goes with --wait") }
    }

    func run(in session: ClientSession) async throws {
        let body: JSON = [
            "data": try data?.object("--data") ?? .emptyObject, "user": try user?.object("--user"),
        ]
        let answer = try await invoke(body, session)
        guard let run = answer.data["run_id"]?.string ?? answer.json["run_id"]?.string else {
            throw CommandFailure(.serverError, "the orchestrator did not say which run it started")
        }
        guard wait else {
            return session.show(answer.json) { ["\($0.paint("✓", .good)) started  \(TerminalText.safe(run))"] }
        }
        try session.showEnded(
            try await session.waitForEnd(timeout: waiting.timeout?.duration) {
                [try await session.api.get("/v1/runs/\(run)").data]
            })
    }

    private func invoke(_ body: JSON, _ session: ClientSession) async throws -> APIAnswer {
        do {
            return try await session.api.send(.POST, "/invoke/\(slug)", body: body)
        } catch let failure as CommandFailure where failure.status == .notFound {
            throw failure.advising("`orchestrator functions` lists the slugs")
        }
    }
}
