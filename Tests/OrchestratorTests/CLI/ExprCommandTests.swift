import ArgumentParser
import Foundation
import JSON
import Synchronization
import Testing

@testable import Orchestrator

@Suite struct ExprCommandTests {
    private struct Trial {
        var output = ""
        var error = ""
        var status: Int32 = 0

        init(_ arguments: String...) throws { try self.init(arguments) }

        init(_ arguments: [String]) throws {
            let output = Mutex("")
            let error = Mutex("")
            let terminal = Terminal(
                width: nil, paint: .none, output: { text in output.withLock { $0 += text } },
                error: { text in error.withLock { $0 += text } })
            do {
                try ExprCommand.parse(arguments).execute(on: terminal)
            } catch let code as ExitCode {
                status = code.rawValue
            }
            self.output = output.withLock { $0 }
            self.error = error.withLock { $0 }
        }
    }

    /// Hands over a file for as long as the body runs.
    private func withFile(_ content: String, _ body: (String) throws -> Void) throws {
        let url = FileManager.default.temporaryDirectory.appendingPathComponent("expr-\(UUID()).json")
        try Data(content.utf8).write(to: url)
        defer { try? FileManager.default.removeItem(at: url) }
        try body(url.path)
    }

    @Test func printsTheValueAsJSON() throws {
        let trial = try Trial("{'a': [event.data.n + 1, 2.5], 'b': event.none}", "--event", #"{"data":{"n":1}}"#)
        #expect(trial.output == #"{"a":[2,2.5],"b":null}"# + "\n")
        #expect(trial.status == 0)
    }

    @Test func readsEventsFromFiles() throws {
        try withFile(#"{"data":{"id":"x"}}"#) { (path: String) throws in
            let source = "event.data.id == async.data.id"
            #expect(try Trial(source, "--event", path, "--async", "@" + path).output == "true\n")
            #expect(try Trial(source, "--event", path, "--async", #" {"data":{"id":"y"}}"#).output == "false\n")
        }
    }

    @Test func strictIsStrict() throws {
        #expect(try Trial("1 + 2.5").output == "3.5\n")
        #expect(try Trial("1 + 2.5", "--strict").status != 0)
        #expect(try Trial("[1, 2].map(x, x * 2)", "--strict").output == "[2,4]\n")
    }

    @Test func aBadExpressionIsRefusedWithItsPlace() throws {
        let trial = try Trial("event.data.total >\n  > 10")
        #expect(trial.status == 64)
        #expect(trial.output.isEmpty)
        #expect(trial.error.hasPrefix("error: "))
        #expect(trial.error.contains("expected"))
        #expect(trial.error.contains("(line 2, column 3)\n  > 10\n  ^\n"), "\(trial.error)")
    }

    @Test func aFailureIsNoRefusal() throws {
        let trial = try Trial("1 / 0")
        #expect(trial.status == 1)
        #expect(trial.error.contains("\n1 / 0\n  ^"), "\(trial.error)")
    }

    @Test func nothingThatATerminalObeysIsPrinted() throws {
        #expect(try !Trial("'\\x1b[31m'").output.contains("\u{1B}"))
        #expect(try !Trial("'\u{1B}[31m").error.contains("\u{1B}"))
    }

    @Test(arguments: [
        ["1", "--event", "/nowhere.json"], ["1", "--event", "[1]"], ["1", "--event", "{"],
        ["--cases", "/nowhere.json"],
    ])
    func wrongInputIsExplained(arguments: [String]) throws {
        let trial = try Trial(arguments)
        #expect(trial.status == 64)
        #expect(trial.error.contains("--"))
    }

    @Test(arguments: [
        [], ["1", "--cases", "x"], ["1", "--verbose"], ["--cases", "x", "--strict"],
        ["1", "--event", "-", "--async", "-"],
    ])
    func wrongArgumentsAreRefused(arguments: [String]) {
        #expect(throws: (any Error).self) { try ExprCommand.parse(arguments) }
    }

    @Test func casesAreCounted() throws {
        let cases = """
            [{"file":"f","section":"s","name":"good","expr":"1 + 1","value":{"int":"2"}},
             {"file":"f","section":"s","name":"proto","expr":"x","needs_proto":true}]
            """
        try withFile(cases) { (path: String) throws in
            let trial = try Trial("--cases", path)
            #expect(trial.output == "1 passed, 0 failed, 1 skipped\n")
            #expect(trial.status == 0)
            #expect(try Trial("--cases", path, "--verbose").output.hasPrefix("- f/s/proto: needs protobuf messages\n"))
        }
        let wrong = #"[{"file":"f","section":"s","name":"bad","expr":"1 + 1","value":{"uint":"2"}}]"#
        try withFile(wrong) { (path: String) throws in
            let trial = try Trial("--cases", path)
            #expect(trial.output == "✗ f/s/bad: 1 + 1: gave int 2, not uint 2\n0 passed, 1 failed, 0 skipped\n")
            #expect(trial.status == 1)
        }
        try withFile("{}") { (path: String) throws in #expect(try Trial("--cases", path).status == 64) }
    }
}
