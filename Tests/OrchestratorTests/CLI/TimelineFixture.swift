import JSON
import Wire

@testable import Orchestrator

/// Writes timelines as the API answers them. Times are milliseconds after the run was queued.
struct TimelineFixture {
    static let start = Timestamp(milliseconds: 1_795_435_200_000)
    static let runID = "01KAR2J8W5T5V2M8QY9H3X4N7B"

    private var history: [JSON] = []
    var name = "import contacts"
    var status = "Running"
    var endedAt: Int64?
    var output: JSON?
    var ending: JSON?
    var waiting: [JSON] = []
    var now: Int64 = 0
    var extra: [String: JSON?] = [:]

    static func at(_ milliseconds: Int64) -> JSON {
        .string(Timestamp(milliseconds: start.milliseconds + milliseconds).description)
    }

    mutating func add(
        _ kind: String, _ at: Int64, _ step: String? = nil, attempt: Int? = nil, _ detail: [String: JSON?] = [:]
    ) {
        let entry: JSON = [
            "number": .int(history.count), "at": Self.at(at), "kind": .string(kind), "step_id": step.map(JSON.string),
            "attempt": attempt.map(JSON.int), "label": step.map(JSON.string),
        ]
        history.append(entry.merging(detail))
    }

    /// A call to the app that was due at once.
    mutating func call(
        _ from: Int64, _ to: Int64, queued: Int64? = nil, due: Int64? = nil, _ step: String? = nil, attempt: Int = 0,
        _ detail: [String: JSON?] = [:]
    ) {
        let times: [String: JSON?] = [
            "queued_at": Self.at(queued ?? from), "due_at": Self.at(due ?? queued ?? from), "started_at": Self.at(from),
            "label": nil as JSON?,
        ]
        add("call", to, step, attempt: attempt, times.merging(detail) { $1 })
    }

    mutating func end(_ status: String, _ at: Int64, output: JSON? = nil) {
        self.status = status
        endedAt = at
        self.output = output
        add("run.\(status.lowercased())", at)
        now = at + 60_000
    }

    var json: JSON {
        let run: JSON = [
            "run_id": .string(Self.runID), "function": "acme-import-contacts", "function_name": .string(name),
            "app": "acme", "status": .string(status), "queued_at": Self.at(0), "scheduled_for": Self.at(0),
            "started_at": Self.at(0), "ended_at": endedAt.map(Self.at) ?? .null, "output": output,
            "event_id": "01KAR2J8W4AAAAAAAAAAAAAAAA", "event_name": "app/import.asked",
        ]
        return [
            "run": run.merging(extra), "events": [["name": "app/import.asked", "data": ["limit": 3]]], "steps": [],
            "ending": ending, "history": .array(history), "waiting": .array(waiting),
        ]
    }

    func lines(width: Int = 80, full: Bool = false, paint: Paint = .none) -> [String] {
        TimelineRendering(
            json, now: Timestamp(milliseconds: Self.start.milliseconds + now), width: width, paint: paint, full: full
        ).lines()
    }

    /// The lines of the waterfall, without the title and the legend.
    func waterfall(width: Int = 80) -> [String] {
        let lines = lines(width: width).drop { !$0.hasPrefix("Timeline") }.dropFirst()
        return Array(lines.prefix { !$0.isEmpty }.prefix { !TimelineFixture.isLegend($0) })
    }

    private static func isLegend(_ line: String) -> Bool {
        TimelineRow.Part.allCases.contains { line.hasPrefix("\($0.mark) \($0.meaning)") }
    }
}

extension TimelineFixture {
    static var sequential: TimelineFixture {
        var run = TimelineFixture()
        run.add("run.queued", 0)
        run.add("run.started", 1000)
        run.call(1000, 3000, queued: 0)
        run.add("step.completed", 3000, "fetch", attempt: 0)
        run.call(3000, 8000)
        run.add("step.completed", 8000, "store", attempt: 0)
        run.call(9000, 10_000, queued: 8000)
        run.end("Completed", 10_000, output: ["imported": 3])
        return run
    }

    static var parallel: TimelineFixture {
        var run = TimelineFixture()
        run.add("run.queued", 0)
        run.add("run.started", 0)
        for step in ["one", "two", "three"] { run.add("step.planned", 1000, step) }
        run.call(1000, 5000, "one")
        run.add("step.completed", 5000, "one", attempt: 0)
        run.call(2000, 6000, queued: 1000, "two")
        run.add("step.completed", 6000, "two", attempt: 0)
        run.call(5000, 9000, queued: 1000, "three")
        run.add("step.completed", 9000, "three", attempt: 0)
        run.call(9000, 10_000)
        run.end("Completed", 10_000)
        return run
    }

    static var failing: TimelineFixture {
        let error: JSON = ["name": "CardDeclined", "message": "insufficient\nfunds"]
        var run = TimelineFixture()
        run.add("run.queued", 0)
        run.add("run.started", 0)
        run.call(0, 1000)
        run.add("step.errored", 1000, "charge", attempt: 0, ["error": error, "retry_at": at(5000)])
        run.call(5000, 6000, queued: 1000, due: 5000, attempt: 1)
        run.add("step.failed", 6000, "charge", attempt: 1, ["error": error])
        run.call(6000, 10_000, nil, ["error": error, "status": 500])
        run.end(
            "Failed", 10_000,
            output: ["name": "CardDeclined", "message": "insufficient funds", "stack": "Error: x\n  at pay()"])
        run.ending = ["reason": "error", "text": "CardDeclined: insufficient\nfunds (step charge)"]
        return run
    }

    static var sleeping: TimelineFixture {
        var run = TimelineFixture()
        run.add("run.queued", 0)
        run.add("run.started", 0)
        run.call(0, 1000)
        run.add("step.completed", 1000, "greet", attempt: 0)
        run.add("sleep.started", 1000, "three days", ["until": at(259_201_000)])
        run.now = 86_400_000
        run.waiting = [
            [
                "kind": "sleep", "step_id": "three days", "label": "three days", "since": at(1000),
                "until": at(259_201_000), "text": "sleeps until 2026-11-26 12:00:01.000Z",
            ]
        ]
        return run
    }
}
