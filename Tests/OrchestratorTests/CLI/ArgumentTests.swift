import ArgumentParser
import Testing

@testable import Orchestrator

struct ArgumentTests {
    @Test func everyCommandHasAName() {
        #expect(
            ClientCommands.all.map { $0.configuration.commandName } == [
                "send", "invoke", "events", "runs", "functions", "apps", "nodes", "clock",
            ])
    }

    @Test func namesWithoutAVerbList() throws {
        #expect(try TrialRoot.parseAsRoot(["runs", "--status", "failed"]) is RunsListCommand)
        #expect(try TrialRoot.parseAsRoot(["events", "--internal"]) is EventsCommand.ListCommand)
        #expect(try TrialRoot.parseAsRoot(["apps"]) is AppsCommand.ListCommand)
        #expect(try TrialRoot.parseAsRoot(["clock"]) is ClockCommand.Show)
    }

    @Test func statesMayBeRepeatedInAnyCase() throws {
        let command = try TrialRoot.parseAsRoot(["runs", "--status", "failed", "--status", "Cancelled"])
        #expect((command as? RunsListCommand)?.status == [.failed, .cancelled])
    }

    @Test func standardInputIsADash() throws {
        let command = try TrialRoot.parseAsRoot(["send", "a/b", "--data", "-"])
        #expect((command as? SendCommand)?.data?.source == "-")
    }

    @Test(arguments: [
        (["send"], "orchestrator send app/account.created"),
        (["send", "a", "--file", "x.json"], "--file holds whole events"),
        (["send", "a", "--data", "-", "--user", "-"], "not both"),
        (["send", "a", "--ts", "tomorrow"], "'tomorrow'"),
        (["send", "a", "--timeout", "3s"], "--timeout goes with --wait"),
        (["runs", "--status", "broken"], "skipped"),
        (["runs", "--limit", "0"], "--limit is a number from 1 to 10000"),
        (["runs", "show", "01KAR2"], "'01KAR2'"),
        (["runs", "cancel"], "Missing expected argument"),
        (["apps", "sync", "localhost:3000"], "http://127.0.0.1:3000/api/inngest"),
        (["clock", "advance", "soon"], "'soon'"),
        (["apps", "--url", "ftp://x"], "http://127.0.0.1:8288"),
    ])
    func wrongArgumentsAreExplained(arguments: [String], expected: String) throws {
        let error = try #require(usageError(arguments))
        #expect(error.message.contains(expected), "\(error.message)")
        #expect(error.status == 64)
    }

    @Test func helpNamesTheExitCodes() {
        let help = TrialRoot.helpMessage()
        for status in ExitStatus.allCases { #expect(help.contains("\(status.rawValue) ")) }
        #expect(help.contains("77 the credentials are missing or refused"))
    }

    @Test func helpShowsExamples() {
        #expect(SendCommand.helpMessage().contains("--data '{\"email\":\"ada@example.com\"}'"))
    }

    @Test func helpDoesNotPrintCredentials() {
        let help = SendCommand.helpMessage()
        #expect(help.contains("--key <key>") && help.contains("--signing-key <key>"))
        #expect(help.matches(of: /\(default: [^h]/).isEmpty)
    }

    @Test(arguments: [
        ("a b", "a%20b"), ("../runs", "..%2Fruns"), ("x?y=1&z#f", "x%3Fy%3D1%26z%23f"), ("ä", "%C3%A4"), ("\n", "%0A"),
        ("A-z_0.9~", "A-z_0.9~"),
    ])
    func valuesCantLeaveTheirPlaceInAPath(value: String, escaped: String) {
        #expect(("/e/\(value)" as APIPath).text == "/e/" + escaped)
        #expect(("/e" as APIPath).adding([("q", value), ("none", nil)]).text == "/e?q=" + escaped)
    }
}
