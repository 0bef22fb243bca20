import JSON
import Wire

/// A run's whole story, read from the API's timeline.
struct RunTimeline: Sendable {
    let run: RunSummary
    let event: JSON?
    let rows: [TimelineRow]
    let blockers: [WaitReason]
    /// Why it ended without a result.
    let ending: String?
    let steps: [JSON]
    /// The orchestrator's present.
    let now: Timestamp

    /// - Parameters:
    ///   - json: the data of `GET /v1/runs/{id}/timeline`.
    ///   - now: the orchestrator's present when it answered.
    init(_ json: JSON, now: Timestamp) {
        run = RunSummary(json["run"] ?? .null)
        event = json[path: ["events"]]?[0]
        blockers = json["waiting"]?.elements.map(WaitReason.init) ?? []
        ending = json[path: ["ending", "text"]]?.string
        steps = json["steps"]?.elements.map { $0 } ?? []
        self.now = now
        var reader = TimelineReader(end: run.endedAt ?? now)
        for entry in json["history"]?.elements.map(HistoryLine.init) ?? [] { reader.read(entry) }
        rows = reader.finish(blockers: blockers, state: run.state)
    }

    /// When the drawing begins.
    var start: Timestamp {
        min(run.queuedAt, rows.flatMap(\.segments).map(\.from).min() ?? run.queuedAt)
    }

    /// When it ends: nothing that is planned for later is drawn as if it had been.
    var end: Timestamp {
        max(run.endedAt ?? now, rows.flatMap(\.segments).map(\.to).max() ?? start, start)
    }
}

/// What a run that has not ended waits for.
struct WaitReason: Sendable {
    let kind: String
    let step: String?
    let label: String
    let since: Timestamp?
    let until: Timestamp?
    let text: String

    init(_ json: JSON) {
        kind = json["kind"]?.string ?? ""
        step = json["step_id"]?.string
        label = json["label"]?.string ?? ""
        since = json.time("since")
        until = json.time("until")
        text = json["text"]?.string ?? kind
    }
}

/// One entry of a run's history.
struct HistoryLine: Sendable {
    let json: JSON
    let kind: String
    let at: Timestamp
    let step: String?
    /// From 1, as people count.
    let attempt: Int

    init(_ json: JSON) {
        self.json = json
        kind = json["kind"]?.string ?? ""
        at = json.time("at") ?? Timestamp(milliseconds: 0)
        step = json["step_id"]?.string
        attempt = (json["attempt"]?.int ?? 0) + 1
    }

    var label: String? { json["label"]?.string }

    /// `name: message`, or what there is.
    var error: String? {
        guard let error = json["error"], !error.isNull else { return nil }
        return ReportedError(error).description
    }
}
