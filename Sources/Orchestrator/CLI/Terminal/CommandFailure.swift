/// Why a command did not do what it was asked for, and what to do about it.
struct CommandFailure: Error, Hashable, CustomStringConvertible {
    let status: ExitStatus
    let message: String
    let advice: String?

    init(_ status: ExitStatus, _ message: String, advice: String? = nil) {
        self.status = status
        self.message = message
        self.advice = advice
    }

    /// The same failure with advice that only the command can give.
    func advising(_ advice: String) -> CommandFailure { CommandFailure(status, message, advice: advice) }

    var description: String {
        (["error: \(TerminalText.oneLine(message))"] + (advice.map { ["  \(TerminalText.oneLine($0))"] } ?? []))
            .joined(separator: "\n")
    }
}
