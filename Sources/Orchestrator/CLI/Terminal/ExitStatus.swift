import ArgumentParser

/// What scripts can tell outcomes apart by. The numbers are those of `sysexits.h` where it has one.
enum ExitStatus: Int32, CaseIterable, Sendable {
    case done = 0
    case notSo = 1
    case usage = 64
    case notFound = 66
    case unreachable = 69
    case serverError = 70
    case refused = 77
    case unfit = 78

    var exitCode: ExitCode { ExitCode(rawValue) }

    var meaning: String {
        switch self {
        case .done: "done"
        case .notSo: "a run failed or was cancelled, an expression failed, or what was asked for is not possible now"
        case .usage: "wrong arguments or input"
        case .notFound: "there is no such run, event, function or app"
        case .unreachable: "no orchestrator answers at the URL"
        case .serverError: "the orchestrator reports another error"
        case .refused: "the credentials are missing or refused"
        case .unfit: "dev, start: a newer version has written the state, or the database is not set up for it"
        }
    }

    /// For `--help`.
    static var help: String {
        "EXIT CODES\n"
            + allCases.map { "  \(TerminalText.fitted(String($0.rawValue), to: 3))\($0.meaning)" }.joined(
                separator: "\n")
    }
}
