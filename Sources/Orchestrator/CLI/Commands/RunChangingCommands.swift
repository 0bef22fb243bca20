import ArgumentParser
import JSON

/// `orchestrator runs cancel`
struct RunsCancelCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "cancel",
        abstract: "Cancel runs.",
        discussion: "A step that is at work may finish, but what it answers counts for nothing.")

    @Argument(help: "Ids of runs.")
    var ids: [ULIDArgument]

    @OptionGroup var client: ClientOptions

    func run(in session: ClientSession) async throws {
        try await session.forEach(ids) { id in
            _ = try await session.api.send(.DELETE, "/v1/runs/\(id)")
            return (["run_id": .string(id), "status": .string(RunState.cancelled.rawValue)], "cancelled  \(id)")
        }
    }
}

/// `orchestrator runs rerun`
struct RunsRerunCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "rerun",
        abstract: "Start runs again with the same events.",
        discussion: "The new run begins at its first step; `runs show` of it names the run that it repeats.")

    @Argument(help: "Ids of runs.")
    var ids: [ULIDArgument]

    @OptionGroup var client: ClientOptions

    func run(in session: ClientSession) async throws {
        try await session.forEach(ids) { id in
            let answer = try await session.api.send(.POST, "/v1/runs/\(id)/rerun")
            let run = answer.data["run_id"]?.string ?? "?"
            let data: JSON = ["run_id": .string(run), "original_run_id": .string(id)]
            return (data, "started  \(TerminalText.safe(run))  (again: \(id))")
        }
    }
}

/// `orchestrator runs wait`
struct RunsWaitCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "wait",
        abstract: "Wait until runs have ended, and exit with 1 unless all completed.")

    @Argument(help: "Ids of runs.")
    var ids: [ULIDArgument]

    @OptionGroup var waiting: WaitOptions
    @OptionGroup var client: ClientOptions

    func run(in session: ClientSession) async throws {
        try session.showEnded(
            try await session.waitForEnd(timeout: waiting.timeout?.duration) {
                var runs: [JSON] = []
                for id in ids { runs.append(try await session.api.get("/v1/runs/\(id.text)").data) }
                return runs
            })
    }
}

extension ClientSession {
    /// Does the same to each run. One that fails does not keep the others from it; the first failure decides how the
    /// command exits.
    fileprivate func forEach(
        _ ids: [ULIDArgument], _ change: (String) async throws -> (data: JSON, line: String)
    ) async throws {
        var results: [JSON] = []
        var first: CommandFailure?
        for id in ids {
            do {
                let (data, line) = try await change(id.text)
                results.append(data)
                if !printsJSON { terminal.print("\(terminal.paint("✓", .good)) \(line)") }
            } catch let failure as CommandFailure where failure.status != .unreachable && failure.status != .refused {
                results.append(["run_id": .string(id.text), "error": .string(failure.message)])
                if ids.count > 1 { terminal.note("\(id.text): \(TerminalText.oneLine(failure.message))") }
                first = first ?? failure
            }
        }
        if printsJSON { terminal.print(JSONText.document(.array(results))) }
        if let first { throw first }
    }
}
