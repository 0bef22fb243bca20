import ExpressionCases
import JSON

/// Runs the cases of a file and says what came of them.
struct CaseRun {
    let file: String
    let verbose: Bool

    /// - Throws: the exit code 1 where a case fails.
    func run(on terminal: Terminal) throws {
        var (passed, failed, skipped) = (0, 0, 0)
        for json in try cases() {
            let expressionCase = ExpressionCase(json)
            let name = TerminalText.oneLine(expressionCase.path)
            switch expressionCase.verdict() {
            case .passed: passed += 1
            case .failed(let reason):
                failed += 1
                let (source, reason) = (TerminalText.oneLine(expressionCase.source), TerminalText.oneLine(reason))
                terminal.print("\(terminal.paint("✗", .bad)) \(name): \(source): \(reason)")
            case .skipped(let reason):
                skipped += 1
                if verbose { terminal.print("- \(name): \(TerminalText.oneLine(reason))") }
            }
        }
        terminal.print("\(passed) passed, \(failed) failed, \(skipped) skipped")
        if failed > 0 { throw ExitStatus.notSo.exitCode }
    }

    private func cases() throws -> JSON.Elements {
        guard let json = try JSONArgument(argument: file == "-" ? "-" : "@" + file)?.read("--cases"),
            json.kind == .array
        else { throw CommandFailure(.usage, "--cases: an array of cases is expected in '\(file)'") }
        return json.elements
    }
}
