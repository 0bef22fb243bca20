import JSON
import Wire

/// A run as the API describes it.
struct RunSummary: Sendable {
    let id: String
    let function: String
    let functionName: String
    let app: String
    let statusText: String
    let queuedAt: Timestamp
    let scheduledFor: Timestamp?
    let startedAt: Timestamp?
    let endedAt: Timestamp?
    let output: JSON?
    let eventID: String?
    let eventName: String?
    let cron: String?
    let originalRun: String?
    let parentRun: String?

    init(_ json: JSON) {
        id = json["run_id"]?.string ?? "?"
        function = json["function"]?.string ?? "?"
        functionName = json["function_name"]?.string ?? function
        app = json["app"]?.string ?? ""
        statusText = json["status"]?.string ?? "?"
        queuedAt = json.time("queued_at") ?? json.time("run_started_at") ?? Timestamp(milliseconds: 0)
        scheduledFor = json.time("scheduled_for")
        startedAt = json.time("started_at")
        endedAt = json.time("ended_at")
        output = json["output"]
        eventID = json["event_id"]?.string
        eventName = json["event_name"]?.string
        cron = json["cron"]?.string
        originalRun = json["original_run_id"]?.string
        parentRun = json["parent_run_id"]?.string
    }

    /// Nil for a state that this version does not know.
    var state: RunState? { RunState(rawValue: statusText) }

    var hasEnded: Bool { endedAt != nil || [.completed, .failed, .cancelled].contains(state) }

    var statusCell: TextTable.Cell { TextTable.Cell("\(state?.symbol ?? "?") \(statusText)", state?.style) }
}

extension JSON {
    /// The time in a member.
    func time(_ key: String) -> Timestamp? { self[key]?.string.flatMap(Timestamp.init(rfc3339:)) }
}
