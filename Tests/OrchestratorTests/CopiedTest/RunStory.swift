import Engine
import JSON
import Wire

@testable import Orchestrator

/// A run as the store would tell of it. Times are seconds after it was made.
struct RunStory {
    static let start = Timestamp(milliseconds: 1_795_435_200_000)

    static func at(_ seconds: Double) -> Timestamp { start + .milliseconds(Int64(seconds * 1000)) }

    var run: Run
    var events: [StoredEvent] = []
    var steps: [Step] = []
    var history: [HistoryEntry] = []
    var slug: String? = "acme-import"
    var app: String? = "acme"

    init(cron: String? = nil, batch: ULID? = nil, scheduledFor: Double = 0) {
        run = Run(
            id: ULID(time: Self.start, random: 1), functionID: NameUUID(naming: "acme-import"), eventIDs: [],
            createdAt: Self.start, scheduledFor: Self.at(scheduledFor), cron: cron, batchID: batch)
        run.startedAt = Self.start
        run.status = .completed
    }

    mutating func event(
        _ name: String, data: JSON = [:], user: JSON = [:], version: String? = nil, receivedAt: Double = 0
    ) {
        let id = ULID(time: Self.start, random: UInt128(events.count))
        let event = Event(
            internalID: id, name: name, data: data, user: user, time: Self.start, version: version)
        events.append(StoredEvent(event: event, receivedAt: Self.at(receivedAt)))
    }

    mutating func note(
        _ kind: HistoryEntry.Kind, _ step: String? = nil, at seconds: Double = 0, attempt: Int? = nil,
        _ detail: JSON = [:]
    ) {
        let label = detail["label"] ?? step.map(JSON.string)
        history.append(
            HistoryEntry(
                run: run.id, number: history.count, at: Self.at(seconds), kind: kind, step: step.map { StepID($0) },
                attempt: attempt, detail: detail.merging(["label": label])))
    }

    /// A step that has finished.
    mutating func step(_ id: String, label: String? = nil, _ value: JSON) {
        let id = StepID(id)
        steps.append(Step(run: run.id, id: id, position: steps.count, label: label ?? id.hash, value: value))
    }

    var code: String {
        let timeline = Timeline(run: run, events: events, steps: steps, history: history, queue: [], waits: [])
        return CopiedTest(of: timeline, slug: slug, app: app).code
    }

    /// What the test does between making its orchestrator and looking at the run.
    var story: [String] {
        let lines = code.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        let body = lines.drop { !$0.contains("TestOrchestrator(app") }.dropFirst()
        return body.prefix { !$0.isEmpty }.map { String($0.dropFirst(4)) }
    }

    /// What it expects.
    var expectations: [String] {
        code.split(separator: "\n").map(String.init).filter { $0.contains("#expect") }.map { String($0.dropFirst(12)) }
    }
}
