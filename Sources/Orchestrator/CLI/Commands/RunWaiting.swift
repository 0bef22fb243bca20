import ArgumentParser
import JSON
import Wire

/// How long a command waits for runs.
struct WaitOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "With waiting: give up after this long, such as 30s or 5m, and exit with 1.", valueName: "duration"))
    var timeout: DurationArgument?
}

/// A duration such as `30s` or `1h30m`.
struct DurationArgument: ExpressibleByArgument, Sendable {
    let duration: Duration

    init?(argument: String) {
        guard let duration = TimeString.parse(argument) else { return nil }
        self.duration = duration
    }
}

extension ClientSession {
    /// Asks for runs, at growing intervals, until all have ended. Returns them as they ended.
    func waitForEnd(timeout: Duration?, of runs: () async throws -> [JSON]) async throws -> [JSON] {
        let clock = ContinuousClock()
        let deadline = timeout.map { clock.now.advanced(by: $0) }
        var delay = Duration.milliseconds(50)
        while true {
            let current = try await runs()
            let open = current.map(RunSummary.init).filter { !$0.hasEnded }
            if open.isEmpty { return current }
            if let deadline, clock.now >= deadline {
                let ids = open.prefix(3).map(\.id).joined(separator: ", ")
                throw CommandFailure(
                    .notSo, "\(open.count) of \(current.count) runs have not ended in time: \(ids)",
                    advice: "`orchestrator runs why ID` says what a run waits for")
            }
            try await pause(delay)
            delay = min(delay * 1.5, .seconds(2))
        }
    }

    /// Prints how runs ended.
    /// - Throws: ``CommandFailure`` where one did not complete.
    func showEnded(_ runs: [JSON]) throws {
        let summaries = runs.map(RunSummary.init)
        show(.array(runs)) { terminal in
            summaries.flatMap { $0.endLines(terminal) }
        }
        let others = summaries.filter { $0.state != .completed }
        guard others.isEmpty else {
            throw CommandFailure(
                .notSo, "\(others.count) of \(runs.count) runs did not complete",
                advice: "`orchestrator runs show \(others.first?.id ?? "ID")` shows what happened")
        }
    }
}

extension RunSummary {
    /// How a run ended, and with what, in short.
    fileprivate func endLines(_ terminal: Terminal) -> [String] {
        let duration = endedAt.map { " in " + DurationText.short($0 - queuedAt) } ?? ""
        let status = terminal.paint(statusCell.text, statusCell.style)
        let head = "\(status)  \(id)  \(TerminalText.oneLine(function))\(duration)"
        guard let output, !output.isNull else { return [head] }
        if state == .failed { return [head, "  " + TerminalText.oneLine(ReportedError(output).description)] }
        return [head] + JSONText.lines(output, limit: 20, width: terminal.width.map { $0 - 2 }).map { "  " + $0 }
    }
}
