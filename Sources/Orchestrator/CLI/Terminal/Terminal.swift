import Foundation

/// Where a command writes: results to standard output, everything else to standard error.
struct Terminal: Sendable {
    /// Columns of the terminal; nil when the output is no terminal, and nothing needs to be cut.
    let width: Int?
    let paint: Paint
    private let writeOutput: @Sendable (String) -> Void
    private let writeError: @Sendable (String) -> Void

    init(
        width: Int?, paint: Paint, output: @escaping @Sendable (String) -> Void,
        error: @escaping @Sendable (String) -> Void
    ) {
        self.width = width
        self.paint = paint
        writeOutput = output
        writeError = error
    }

    /// The process's own.
    static func standard(environment: [String: String] = ProcessInfo.processInfo.environment) -> Terminal {
        let isTerminal = isatty(STDOUT_FILENO) == 1
        let wantsColours = environment["NO_COLOR", default: ""].isEmpty && environment["TERM"] != "dumb"
        return Terminal(
            width: isTerminal ? TerminalSize.columns(environment: environment) : nil,
            paint: Paint(isOn: isTerminal && wantsColours),
            // A reader that has gone away, such as `head`, is no error.
            output: { try? FileHandle.standardOutput.write(contentsOf: Data($0.utf8)) },
            error: { try? FileHandle.standardError.write(contentsOf: Data($0.utf8)) })
    }

    /// For drawings: a width also where the output is no terminal.
    var drawingWidth: Int { width ?? 100 }

    func print(_ lines: [String]) {
        guard !lines.isEmpty else { return }
        writeOutput(lines.joined(separator: "\n") + "\n")
    }

    func print(_ line: String) { print([line]) }

    /// Something to know that is not part of the result.
    func note(_ line: String) { writeError(line + "\n") }
}

/// How wide the terminal is.
enum TerminalSize {
    static func columns(environment: [String: String]) -> Int {
        if let columns = environment["COLUMNS"].flatMap(Int.init), columns > 0 { return columns }
        var size = winsize()
        guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
        return Int(size.ws_col)
    }
}
