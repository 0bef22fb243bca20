import ArgumentParser
import Expressions
import JSON
import Wire

/// `orchestrator expr`
struct ExprCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "expr",
        abstract: "Try an expression; no running orchestrator is needed.",
        discussion: """
            Prints the value as JSON, or what is wrong with the expression and where. `event` is the event that starts \
            a run, `async` the one that a wait or a cancellation looks at.

            EXAMPLES
              orchestrator expr 'event.data.total > 10' --event '{"data":{"total":12}}'
              orchestrator expr 'event.data.id == async.data.id' --event started.json --async paid.json
              orchestrator expr --strict '[1, 2].map(x, x * 2)'
              orchestrator expr --cases cases.json

            --strict has CEL as it is specified, without the dialect's looser rules. --cases runs conformance cases \
            of CEL, a JSON array; it prints each that fails, and a count.

            The exit code is 64 for an expression that is refused, and 1 where one fails or a case does.
            """)

    @Argument(help: "The expression.")
    var expression: String?

    @Option(help: ArgumentHelp("The value of `event`: a file, JSON, or - for standard input.", valueName: "file"))
    var event: EventArgument?

    @Option(help: ArgumentHelp("The value of `async`: a file, JSON, or -.", valueName: "file"))
    var async: EventArgument?

    @Flag(help: "CEL as it is specified.")
    var strict = false

    @Option(help: ArgumentHelp("Run the cases in this file; - for standard input.", valueName: "file"))
    var cases: String?

    @Flag(help: "With --cases: say which are skipped, and why.")
    var verbose = false

    func validate() throws {
        if cases == nil, expression == nil {
            throw ValidationError("give an expression, such as `orchestrator expr '1 + 1'`, or --cases")
        }
        if cases != nil, expression != nil || event != nil || async != nil || strict {
            throw ValidationError("--cases holds whole expressions, in strict CEL: leave out the others")
        }
        if verbose, cases == nil { throw ValidationError("--verbose goes with --cases") }
        if event?.json.source == "-", async?.json.source == "-" {
            throw ValidationError("standard input can be --event or --async, not both")
        }
    }

    func run() async throws { try execute(on: .standard()) }

    /// Runs the command; says on the terminal why it failed, and how in the exit code.
    func execute(on terminal: Terminal) throws {
        do {
            if let cases {
                try CaseRun(file: cases, verbose: verbose).run(on: terminal)
            } else {
                terminal.print(JSONText.document(try value(on: terminal)))
            }
        } catch let failure as CommandFailure {
            terminal.note(failure.description)
            throw failure.status.exitCode
        }
    }

    private func value(on terminal: Terminal) throws -> JSON {
        let (first, later) = (try event?.json.object("--event"), try async?.json.object("--async"))
        let compiled = try explaining(.usage, on: terminal) {
            try Expression.compile(expression ?? "", mode: strict ? .strict : .dialect)
        }
        return try explaining(.notSo, on: terminal) {
            try compiled.value(event: first, async: later, now: Timestamp.wallClock.milliseconds)
        }
    }

    /// Shows the place of an error under its reason.
    private func explaining<Result>(
        _ status: ExitStatus, on terminal: Terminal, _ body: () throws -> Result
    ) throws -> Result {
        do {
            return try body()
        } catch let error as ExpressionError {
            let lines = "error: \(error)".split(separator: "\n").map { TerminalText.safe(String($0)) }
            terminal.note(lines.joined(separator: "\n"))
            throw status.exitCode
        }
    }
}

/// An event on the command line: JSON, `@file` or `-` as elsewhere, or the path of a file.
struct EventArgument: ExpressibleByArgument, Sendable {
    let json: JSONArgument

    init?(argument: String) {
        let isElsewhere = argument == "-" || argument.hasPrefix("@")
        let isText = argument.first { !$0.isWhitespace } == "{"
        guard let json = JSONArgument(argument: isElsewhere || isText ? argument : "@" + argument) else { return nil }
        self.json = json
    }
}
