import JSON
import Wire

@testable import Engine

/// Rows to store. Numbers tell them apart.
enum Sample {
    static let start = Timestamp(milliseconds: 1_767_225_600_000)

    static func id(_ number: Int) -> ULID { ULID(time: start, random: UInt128(number)) }
    static func time(_ milliseconds: Int64) -> Timestamp { Timestamp(milliseconds: start.milliseconds + milliseconds) }
    static func function(_ name: String = "f") -> NameUUID { NameUUID(naming: name) }
    static func key(_ run: Int, _ step: String) -> StepKey { StepKey(run: id(run), step: StepID(step)) }

    static func run(_ number: Int, function name: String = "f", status: Run.Status = .scheduled) -> Run {
        var run = Run(
            id: id(number), functionID: function(name), eventIDs: [id(number + 1000)], createdAt: start,
            scheduledFor: time(5))
        run.status = status
        return run
    }

    /// A run in which every field has a value of its own.
    static func fullRun(_ number: Int) -> Run {
        var run = Run(
            id: id(number), functionID: function("full"), eventIDs: [id(1), id(2), id(3)], createdAt: time(1),
            scheduledFor: time(2), cron: "0 9 * * *", invokedBy: key(7, "i"), rerunOf: id(8))
        run.status = .failed
        run.startedAt = time(3)
        run.endedAt = time(4)
        run.output = ["é": ["\u{1F600}", 1.5, .null]]
        (run.requestVersion, run.forcePlan, run.pending, run.racing) = (2, true, 5, 3)
        (run.stepCount, run.stateSize, run.historyCount) = (6, 70_000_000_000, 8)
        (run.deferCount, run.metadataSize) = (9, 10)
        return run
    }

    static func item(
        _ key: QueueItem.Key, _ work: QueueItem.Work, due: Int64 = 0, lease: ULID? = nil
    ) -> QueueItem {
        QueueItem(
            key: key, work: work, functionID: function(), label: "label", queuedAt: start, dueAt: time(due), attempt: 2,
            lease: lease, leasedAt: lease == nil ? nil : start, race: true, again: true)
    }

    static func wait(_ key: StepKey, event: String = "go", index: [(String, String)] = [("", "")]) -> Wait {
        Wait(
            key: key, label: "w", registeredAt: start, expiresAt: time(1000),
            target: .event(
                name: event, expression: "async.data.x == 1",
                index: index.map { Wait.IndexKey(path: $0.0, value: $0.1) }))
    }

    static func event(_ number: Int, name: String = "e", data: JSON = [:]) -> StoredEvent {
        StoredEvent(
            event: Event(internalID: id(number), name: name, data: data, time: time(9), senderID: "sender-\(number)"),
            receivedAt: time(10))
    }

    static func entry(_ run: Int, _ number: Int, _ kind: HistoryEntry.Kind = .call) -> HistoryEntry {
        HistoryEntry(
            run: id(run), number: number, at: time(Int64(number)), kind: kind, step: StepID("s"), attempt: 0,
            detail: ["n": .int(number)])
    }
}
