import JSON
import Testing

@testable import Orchestrator

/// Commands against a test double of the orchestrator.
struct CommandTests {
    private typealias Answer = LoopbackOrchestrator.Answer
    private static let id = TimelineFixture.runID
    private static let run = TimelineFixture.sequential.json["run"] ?? .null

    // MARK: Exit codes

    @Test(arguments: [
        (400, 64), (401, 77), (403, 77), (404, 66), (409, 1), (410, 66), (413, 64), (429, 70), (500, 70), (503, 70),
    ])
    func httpOutcomesBecomeExitCodes(status: Int, code: Int32) async throws {
        try await LoopbackOrchestrator.serve({ _ in .error(status, "because") }) { _, url in
            let trial = try await CommandTrial(["runs", "show", Self.id], url: url)
            #expect(trial.status == code)
            #expect(trial.error.contains("because"))
            #expect(trial.output.isEmpty)
        }
    }

    @Test func nobodyThereIsToldAtOnceWithWhatToDo() async throws {
        // Port 9 of the loopback: nothing listens there.
        let trial = try await CommandTrial(["runs"], url: "http://127.0.0.1:9")
        #expect(trial.status == 69)
        #expect(trial.error.contains("no orchestrator answers at http://127.0.0.1:9"))
        #expect(trial.error.contains("orchestrator dev"))
    }

    @Test func somethingElseThereIsNoOrchestrator() async throws {
        try await LoopbackOrchestrator.serve({ _ in Answer(status: 200, body: "<html>") }) { _, url in
            let trial = try await CommandTrial(["apps"], url: url)
            #expect(trial.status == 69)
            #expect(trial.error.contains("is no orchestrator"))
        }
    }

    @Test func messagesOfTheServerStayText() async throws {
        try await LoopbackOrchestrator.serve({ _ in .error(500, "\u{1B}[2J\nerror: fake") }) { _, url in
            let trial = try await CommandTrial(["apps"], url: url)
            #expect(trial.error.hasPrefix("error: \\u{1b}[2J error: fake\n"))
        }
    }

    @Test func theHashOfTheSigningKeyIsSent() async throws {
        try await LoopbackOrchestrator.serve({ _ in .data(.emptyArray) }) { server, url in
            _ = try await CommandTrial(["apps", "--signing-key", "signkey-test-abcd"], url: url)
            let sent = try #require(server.requests.first?.authorization)
            #expect(sent.wholeMatch(of: /Bearer signkey-test-[0-9a-f]{64}/) != nil)
            let trial = try await CommandTrial(["apps", "--signing-key", "secret!"], url: url)
            #expect(trial.status == 64)
            #expect(!trial.error.contains("secret!"))
        }
    }

    // MARK: Events

    @Test func sendsAnEvent() async throws {
        try await LoopbackOrchestrator.serve({ _ in .ok(["ids": ["01A"], "status": 200]) }) { server, url in
            let trial = try await CommandTrial(
                ["send", "a/b", "--data", #"{ "x": 1 }"#, "--id", "i", "--ts", "2026-11-23T12:00:00Z", "--key", "k/1"],
                url: url)
            #expect(trial.status == 0)
            #expect(trial.output == "✓ accepted  01A\n")
            #expect(server.requests.map(\.line) == ["POST /e/k%2F1"])
            #expect(
                server.requests.first?.body == ["name": "a/b", "data": ["x": 1], "id": "i", "ts": 1_795_435_200_000])
        }
    }

    @Test func whatWasAcceptedBeforeAMistakeIsTold() async throws {
        let refusal: JSON = ["ids": ["01A", "01B"], "status": 400, "error": "event 3: name: missing"]
        try await LoopbackOrchestrator.serve({ _ in Answer(status: 400, body: refusal.text) }) { _, url in
            let trial = try await CommandTrial(["send", "a/b"], url: url)
            #expect(trial.status == 64)
            #expect(trial.error.contains("event 3: name: missing (2 events were accepted)"))
        }
    }

    @Test func timesAheadCountFromTheOrchestratorsPresent() async throws {
        try await LoopbackOrchestrator.serve({ request in
            request.uri == "/v1/clock" ? .data(["now": "2030-01-01T00:00:00.000Z"]) : .ok(["ids": ["01A"]])
        }) { server, url in
            _ = try await CommandTrial(["send", "a/b", "--ts", "+1d"], url: url)
            #expect(server.requests.last?.body?["ts"] == 1_893_542_400_000)
        }
    }

    @Test(arguments: [
        ("{x:1}", "invalid JSON at byte 1"), ("[1]", "an object is expected"),
        ("@/nowhere.json", "'/nowhere.json' can't be read"),
    ])
    func wrongDataIsExplained(data: String, expected: String) async throws {
        let trial = try await CommandTrial(["send", "a/b", "--data", data], url: "http://127.0.0.1:9")
        #expect(trial.status == 64)
        #expect(trial.error.contains("--data: "))
        #expect(trial.error.contains(expected), "\(trial.error)")
    }

    @Test(arguments: [("Completed", Int32(0)), ("Failed", 1), ("Cancelled", 1)])
    func sendCanWaitForTheRuns(status: String, code: Int32) async throws {
        let server: @Sendable (LoopbackOrchestrator.Request) -> Answer = { request in
            if request.method == "POST" { return .ok(["ids": ["01A"], "status": 200]) }
            return .data([Self.run.merging(["status": .string(status)])])
        }
        try await LoopbackOrchestrator.serve(server) { server, url in
            let trial = try await CommandTrial(["send", "a/b", "--wait"], url: url)
            #expect(trial.status == code)
            #expect(trial.output.contains("\(status)  \(Self.id)"))
            #expect(server.requests.last?.line.hasPrefix("GET /v1/events/01A/runs") == true)
        }
    }

    @Test func waitingEndsWhenTheRunDoes() async throws {
        let looks = LookCounter()
        let open = Self.run.merging(["status": "Running", "ended_at": .null, "output": nil])
        try await LoopbackOrchestrator.serve({ _ in .data(looks.next() < 4 ? open : Self.run) }) { _, url in
            let trial = try await CommandTrial(["runs", "wait", Self.id], url: url)
            #expect(trial.status == 0)
            #expect(trial.output.contains("✓ Completed  \(Self.id)  acme-import-contacts in 10s"))
            #expect(looks.next() == 5)
        }
    }

    @Test func waitingGivesUpInTime() async throws {
        let open = Self.run.merging(["status": "Running", "ended_at": .null])
        try await LoopbackOrchestrator.serve({ _ in .data(open) }) { _, url in
            let trial = try await CommandTrial(["runs", "wait", Self.id, "--timeout", "0s"], url: url)
            #expect(trial.status == 1)
            #expect(trial.error.contains("1 of 1 runs have not ended in time"))
        }
    }

    // MARK: Lists

    @Test func listsFollowThePages() async throws {
        try await LoopbackOrchestrator.serve({ request in
            let isFirst = !request.uri.contains("cursor=")
            let page: JSON = ["cursor": isFirst ? "c 1" : .null, "has_more": .bool(isFirst)]
            return .ok(["data": [Self.run], "page": page, "metadata": ["fetched_at": "2026-11-23T13:00:00.000Z"]])
        }) { server, url in
            let trial = try await CommandTrial(["runs", "--status", "failed", "--app", "a b", "--json"], url: url)
            #expect(try JSON(parsing: trial.output) == [Self.run, Self.run])
            #expect(
                server.requests.map(\.line) == [
                    "GET /v1/runs?status=Failed&app=a%20b&limit=20",
                    "GET /v1/runs?status=Failed&app=a%20b&limit=19&cursor=c%201",
                ])
        }
    }

    @Test func runsAreATable() async throws {
        try await LoopbackOrchestrator.serve({ _ in .data([Self.run]) }) { _, url in
            let trial = try await CommandTrial(["runs"], url: url)
            #expect(trial.lines.first?.contains("STATUS") == true)
            #expect(trial.lines.last?.hasPrefix(Self.id) == true)
            #expect(trial.lines.last?.contains("1h ago") == true)
            #expect(trial.lines.last?.hasSuffix("10s") == true)
        }
    }

    @Test func emptyListsSayWhatToDoAndPrintNothing() async throws {
        try await LoopbackOrchestrator.serve({ _ in .data(.emptyArray) }) { _, url in
            let trial = try await CommandTrial(["functions"], url: url)
            #expect(trial.status == 0)
            #expect(trial.output.isEmpty)
            #expect(trial.error.contains("orchestrator apps sync URL"))
            #expect(try await CommandTrial(["functions", "--json"], url: url).output == "[]\n")
        }
    }

    @Test func functionsShowWhatTriggersThem() async throws {
        let triggers: JSON = [
            ["event": "a/b", "expression": "event.data.x > 1"],
            ["cron": "0 * * * *", "next": "2026-11-23T13:30:00.000Z"],
        ]
        let function: JSON = ["slug": "acme-f", "name": "f", "app": "acme", "retries": 4, "triggers": triggers]
        try await LoopbackOrchestrator.serve({ _ in .data([function]) }) { _, url in
            let trial = try await CommandTrial(["functions"], url: url, width: nil)
            #expect(trial.lines.last?.contains("a/b if event.data.x > 1, 0 * * * * (in 30m)") == true)
        }
    }

    @Test func aRunIsPrintedAsATest() async throws {
        let code = "import Testing\n\n@Test func f() {\n    // \u{1B}[2J\n}\n"
        try await LoopbackOrchestrator.serve({ _ in .data(["code": .string(code)]) }) { server, url in
            let trial = try await CommandTrial(["runs", "test", Self.id], url: url, width: 20)
            #expect(trial.output == code.replacing("\u{1B}", with: "\\u{1b}"))
            #expect(server.requests.map(\.line) == ["GET /v1/runs/\(Self.id)/test"])
            let document = try await CommandTrial(["runs", "test", Self.id, "--json"], url: url).output
            #expect(try JSON(parsing: document) == ["code": .string(code)])
        }
        try await LoopbackOrchestrator.serve({ _ in .error(404, "there is no run") }) { _, url in
            let trial = try await CommandTrial(["runs", "test", Self.id], url: url)
            #expect(trial.status == 66)
            #expect(trial.output.isEmpty)
        }
    }

    // MARK: Changing runs

    @Test func eachRunIsCancelledAndTheFirstFailureDecides() async throws {
        let other = "01KAR2J8W5T5V2M8QY9H3X4N7C"
        try await LoopbackOrchestrator.serve({ request in
            request.uri.hasSuffix(other) ? Answer(status: 204, body: "") : .error(409, "it has already ended")
        }) { server, url in
            let trial = try await CommandTrial(["runs", "cancel", Self.id, other], url: url)
            #expect(trial.status == 1)
            #expect(trial.output == "✓ cancelled  \(other)\n")
            #expect(trial.error.contains("\(Self.id): it has already ended"))
            #expect(server.requests.map(\.method) == ["DELETE", "DELETE"])
        }
    }

    @Test func rerunNamesTheNewRun() async throws {
        try await LoopbackOrchestrator.serve({ _ in .data(["run_id": "01NEW"]) }) { server, url in
            let trial = try await CommandTrial(["runs", "rerun", Self.id, "--json"], url: url)
            #expect(try JSON(parsing: trial.output) == [["run_id": "01NEW", "original_run_id": .string(Self.id)]])
            #expect(server.requests.map(\.line) == ["POST /v1/runs/\(Self.id)/rerun"])
        }
    }

    @Test func whyNamesTheBlockers() async throws {
        var fixture = TimelineFixture.sleeping
        try await LoopbackOrchestrator.serve({ [json = fixture.json] _ in .data(json) }) { _, url in
            let trial = try await CommandTrial(["runs", "why", Self.id], url: url)
            #expect(trial.output.hasPrefix("◷ three days: sleeps until 2026-11-26"))
        }
        fixture = .failing
        try await LoopbackOrchestrator.serve({ [json = fixture.json] _ in .data(json) }) { _, url in
            let trial = try await CommandTrial(["runs", "why", Self.id], url: url)
            #expect(trial.output == "it failed 59m50s ago: CardDeclined: insufficient funds (step charge)\n")
        }
    }

    // MARK: Clock and apps

    @Test(arguments: [
        (["advance", "36h"], #"{"advance":"1d12h"}"#),
        (["to", "2027-01-01T00:00:00Z"], #"{"advance_to":"2027-01-01T00:00:00.000Z"}"#),
        (["next"], #"{"to_next_timer":true}"#), (["pause"], #"{"pause":true}"#), (["run"], #"{"run":true}"#),
    ])
    func theClockIsMoved(arguments: [String], body: String) async throws {
        let clock: JSON = [
            "now": "2026-11-26T12:00:00.000Z", "offset_ms": 129_600_000, "next_timer": .null, "fired": 12,
        ]
        try await LoopbackOrchestrator.serve({ _ in .data(clock) }) { server, url in
            let trial = try await CommandTrial(["clock"] + arguments, url: url)
            #expect(server.requests.map(\.line) == ["POST /v1/clock"])
            #expect(server.requests.first?.body?.text == body)
            #expect(trial.lines.first == "now   2026-11-26 12:00:00.000Z")
            #expect(trial.lines.last == "fired 12")
        }
    }

    @Test func withoutAClockItSaysWhoHasOne() async throws {
        try await LoopbackOrchestrator.serve({ _ in .error(404, "not there") }) { _, url in
            let trial = try await CommandTrial(["clock", "next"], url: url)
            #expect(trial.status == 66)
            #expect(trial.error.contains("only `orchestrator dev` has a clock"))
        }
    }

    @Test func appsAreLookedForAtAURL() async throws {
        try await LoopbackOrchestrator.serve({ _ in .data(["name": "acme", "functions": 3]) }) { server, url in
            let trial = try await CommandTrial(["apps", "sync", "http://127.0.0.1:3000/api/inngest"], url: url)
            #expect(trial.output == "✓ registered acme: 3 functions\n")
            #expect(server.requests.map(\.line) == ["PUT /v1/apps"])
            #expect(server.requests.first?.body == ["url": "http://127.0.0.1:3000/api/inngest"])
        }
    }
}
