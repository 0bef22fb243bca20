import Engine
import JSON
import Wire

/// Why a run ended without a result, in the words of the API: what skipped or cancelled it, or how it failed.
enum Ending {
    /// Nil for a run that goes on, and for one that has completed.
    static func json(of timeline: Timeline) -> JSON? {
        switch timeline.run.status {
        case .scheduled, .running, .completed: nil
        case .skipped: skipped(timeline)
        case .cancelled: cancelled(timeline)
        case .failed: failed(timeline)
        }
    }

    private static func skipped(_ timeline: Timeline) -> JSON {
        guard let stop = timeline.history.lazy.compactMap({ Decision($0, of: timeline.run) }).first else {
            return ["reason": "skipped", "text": .string(ReportedError(timeline.run.output ?? .null).description)]
        }
        return stop.state.merging(["reason": .string(stop.gate.rawValue), "text": .string(stop.text)])
    }

    private static func cancelled(_ timeline: Timeline) -> JSON {
        let detail = timeline.history.last { $0.kind == .runCancelled }?.detail ?? [:]
        // Rules and jobs say who they are.
        var text = detail["text"]?.string ?? "a request asked for it"
        for (name, field) in [("event", "event_id"), ("job", "job")] {
            if let id = detail[field]?.string { text += " (\(name) \(id))" }
        }
        return detail.merging(["reason": detail["reason"] ?? "request", "text": .string(text)])
    }

    private static func failed(_ timeline: Timeline) -> JSON {
        let error = ReportedError(timeline.run.output ?? .null)
        // Where the function failed of a step, that step is at fault.
        let step = timeline.history.last { entry in
            guard entry.kind == .stepFailed, let failure = entry.detail["error"].map(ReportedError.init) else {
                return false
            }
            return failure.name == error.name && failure.message == error.message
        }?.detail["label"]?.string
        return [
            "reason": "error", "step": step.map(JSON.string),
            "text": .string(error.description + (step.map { " (step \($0))" } ?? "")),
        ]
    }
}
