import JSON
import Testing

@testable import Orchestrator

struct TimelineRenderingTests {
    // MARK: The waterfall

    @Test func stepsInSequenceAreDrawnToScale() {
        #expect(
            TimelineFixture.sequential.waterfall(width: 60) == [
                "✓ fetch      ░░░░██████████                               3s",
                "✓ store                   ███████████████████████         5s",
                "✓ (function)                                    ░░░░█████ 2s",
            ])
    }

    @Test func stepsFoundTogetherAreBracketed() {
        let lines = TimelineFixture.parallel.waterfall(width: 60)
        #expect(lines.map { $0.prefix(9) } == ["┌ ✓ one  ", "│ ✓ two  ", "└ ✓ three", "  ✓ (func"])
    }

    @Test func attemptsAreShownWithTheirErrors() {
        let lines = TimelineFixture.failing.waterfall(width: 80)
        #expect(lines[0].hasPrefix("✗ charge"))
        #expect(lines[0].contains("▒·"))
        #expect(lines[0].hasSuffix("6s ×2"))
        #expect(lines[1] == "    +1s attempt 1: CardDeclined: insufficient funds; tried again after 4s")
        #expect(lines[2] == "    +6s attempt 2: CardDeclined: insufficient funds; not tried again")
        #expect(lines[3].hasPrefix("✗ (function)"))
    }

    @Test func whatIsAsleepIsDrawnUpToNow() {
        let fixture = TimelineFixture.sleeping
        let lines = fixture.waterfall(width: 60)
        #expect(lines[1].hasPrefix("◷ three days ──────────"))
        #expect(lines[1].hasSuffix("─ 23h59m"))
        #expect(lines[2] == "    sleep until 2026-11-26 12:00:01.000Z")
        #expect(fixture.lines().contains("  ◷ three days: sleeps until 2026-11-26 12:00:01.000Z, since 23h59m ago"))
    }

    @Test func waitsSayWhatTheyWaitedForAndWhatCame() {
        var run = TimelineFixture()
        let detail: [String: JSON?] = [
            "event": "email.clicked", "if": "async.data.id == 7", "until": TimelineFixture.at(9000),
        ]
        run.add("wait.started", 0, "click", detail)
        run.add("wait.matched", 5000, "click", ["event": "email.clicked", "event_id": "01KAR2J8W4BBBBBBBBBBBBBBBB"])
        run.add("wait.started", 5000, "second", detail)
        run.add("wait.timed_out", 9000, "second", ["label": nil])
        run.end("Completed", 10_000)
        let lines = run.waterfall(width: 120)
        #expect(lines[0].hasPrefix("✓ click  ───"))
        #expect(lines[1].contains("wait for email.clicked if async.data.id == 7 until 2026-11-23 12:00:09.000Z"))
        #expect(lines[2].contains("matched by email.clicked 01KAR2J8W4BBBBBBBBBBBBBBBB"))
        #expect(lines[3].hasPrefix("✓ second "))
        #expect(lines[5].contains("no such event came in time"))
    }

    @Test func invocationsNameTheRunAndHowItEnded() {
        var run = TimelineFixture()
        run.add("invoke.started", 0, "child", ["function": "acme-child", "run_id": "01CHILD"])
        run.add("invoke.ended", 5000, "child", ["run_id": "01CHILD", "status": "Failed"])
        run.end("Failed", 5000)
        let lines = run.waterfall()
        #expect(lines[0].hasPrefix("✗ child "))
        #expect(lines[1].contains("invoke acme-child, run 01CHILD"))
        #expect(lines[2].contains("the invoked run ended: Failed"))
    }

    @Test func cancelledRunsShowWhatNeverFinished() {
        var run = TimelineFixture.sleeping
        run.waiting = []
        run.end("Cancelled", 5000)
        let lines = run.waterfall(width: 60)
        #expect(lines[0].hasPrefix("✓ greet"))
        #expect(lines[1].hasPrefix("⊘ three days"))
        #expect(lines[1].hasSuffix("4s"))
        #expect(run.lines()[0] == "⊘ Cancelled  import contacts")
    }

    @Test func aRetryThatIsToComeBelongsToItsStep() {
        var run = TimelineFixture()
        run.add("run.queued", 0)
        run.call(0, 1000)
        run.add(
            "step.errored", 1000, "charge", attempt: 0,
            ["error": ["name": "E", "message": "no"], "retry_at": TimelineFixture.at(9000)])
        run.now = 5000
        run.waiting = [
            [
                "kind": "retry", "label": "import", "since": TimelineFixture.at(1000), "text": "attempt 2 at 12:00:09",
                "attempt": 1,
            ]
        ]
        let lines = run.waterfall(width: 60)
        #expect(lines.count == 2)
        #expect(lines[0].hasPrefix("○ charge ▒▒▒▒▒▒▒▒▒▒····"))
    }

    @Test func whatIsUnderWayIsDrawnAsRunning() {
        var run = TimelineFixture()
        run.add("step.planned", 0, "slow")
        run.now = 10_000
        run.waiting = [
            [
                "kind": "call", "step_id": "slow", "label": "slow", "since": TimelineFixture.at(5000),
                "text": "the app is at work",
            ]
        ]
        #expect(run.waterfall(width: 40)[0].wholeMatch(of: /▸ slow  +█+ +5s/) != nil)
    }

    @Test func lostCallsAreToldOf() {
        var run = TimelineFixture()
        run.add("lease.lost", 2000)
        run.now = 3000
        #expect(run.waterfall().last == "    +2s the orchestrator ended during this call; it was made again")
    }

    // MARK: Around it

    @Test func theHeaderSaysWhatTheRunIs() {
        var run = TimelineFixture.sequential
        run.extra = ["original_run_id": "01ORIGINAL"]
        let lines = run.lines()
        #expect(lines[0] == "✓ Completed  import contacts")
        #expect(lines.contains("run         \(TimelineFixture.runID)"))
        #expect(lines.contains("event       app/import.asked 01KAR2J8W4AAAAAAAAAAAAAAAA"))
        #expect(lines.contains("rerun of    01ORIGINAL"))
        #expect(lines.contains("queued      2026-11-23 12:00:00.000Z (1m10s ago)"))
        #expect(lines.contains("took        10s"))
    }

    @Test func theOutputComesLast() {
        #expect(Array(TimelineFixture.sequential.lines().suffix(4)) == ["Output", "  {", #"    "imported": 3"#, "  }"])
    }

    @Test func theErrorIsShownWithItsStack() {
        #expect(
            Array(TimelineFixture.failing.lines().suffix(4)) == [
                "Error", "  CardDeclined: insufficient funds", "  Error: x", "    at pay()",
            ])
    }

    @Test func largeOutputsAreCutUnlessAllIsWanted() {
        var run = TimelineFixture.sequential
        run.output = .array((0..<100).map { JSON.int($0) })
        #expect(run.lines().last == "  … 62 more lines; all of it: --full or --json")
        #expect(run.lines(full: true).last == "  ]")
    }

    // MARK: Terminals

    @Test(arguments: [40, 57, 80, 133, 240])
    func everyLineFits(width: Int) {
        for fixture in [TimelineFixture.sequential, .parallel, .failing, .sleeping] {
            for line in fixture.lines(width: width) { #expect(TerminalText.width(line) <= width, "\(line)") }
        }
    }

    @Test(arguments: [40, 80])
    func hostileNamesAndOutputsStayText(width: Int) {
        let hostile =
            "\u{1B}]0;owned\u{07}\u{1B}[2J\n✓ Completed \u{202E}evil\u{9B}31m" + String(repeating: "長い名前", count: 20)
        var run = TimelineFixture()
        run.name = hostile
        run.extra = ["app": .string(hostile), "event_name": .string(hostile), "status": .string(hostile)]
        run.add("step.planned", 0, hostile)
        run.call(0, 10, hostile, ["error": ["name": .string(hostile), "message": .string(hostile)]])
        run.add("wait.started", 0, "w", ["event": .string(hostile), "if": .string(hostile)])
        run.output = .string(hostile)
        run.waiting = [["kind": .string(hostile), "label": .string(hostile), "text": .string(hostile)]]
        let text = run.lines(width: width, full: true).joined()
        #expect(!text.unicodeScalars.contains(where: TerminalText.isUnsafe))
        #expect(text.contains("\\u{1b}]0;owned"))
    }

    @Test func coloursDoNotChangeTheDrawing() {
        for fixture in [TimelineFixture.sequential, .parallel, .failing, .sleeping] {
            let coloured = fixture.lines(paint: Paint(isOn: true)).map { $0.replacing(/\u{1B}\[[0-9]+m/, with: "") }
            #expect(coloured == fixture.lines())
        }
    }

    @Test func anAnswerThatLacksEverythingIsStillShown() {
        let lines = TimelineRendering(.emptyObject, now: TimelineFixture.start, width: 80).lines()
        #expect(lines[0] == "? ?  ?")
    }
}
