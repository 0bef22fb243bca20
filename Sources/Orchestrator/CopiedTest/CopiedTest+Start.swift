import Engine
import JSON
import Wire

/// How it began: by a schedule, an invocation, or events.
extension CopiedTest {
    /// When the schedule was due that started it.
    var tick: Timestamp? {
        guard run.cron != nil else { return nil }
        return events.first?.event.data["scheduledAt"]?.string.flatMap(Timestamp.init(rfc3339:)) ?? run.scheduledFor
    }

    var start: [String] {
        let isRerun = history.contains { $0.kind == .runRerun }
        let note = isRerun ? [SwiftCode.comment("It was a rerun from a step. Here all steps run.")] : []
        if let tick {
            return note + [SwiftCode.advance(by: (run.scheduledFor - tick).secondsUp + .seconds(1))]
        }
        guard let first = events.first?.event else {
            return note + [SwiftCode.comment("The events are gone that started it.")]
        }
        if first.isInternal { return note + invoke(first) }
        return note + CopiedEvent.send(events.map { CopiedEvent($0.event) }) + collecting
    }

    private func invoke(_ event: Event) -> [String] {
        let data = CopiedValue(event.data)
        let isOther = event.name != InternalEvent.functionInvoked
        let note = "It began by \(SwiftCode.literal(event.name)), which a test can't send: what it is given may differ."
        let given = data.json?.merging(["_inngest": JSON?.none]) ?? .emptyObject
        let argument = given == .emptyObject ? "" : ", data: \(SwiftCode.typed(given))"
        return [
            isOther ? SwiftCode.comment(note) : nil, data.note(),
            "try await orchestrator.invoke(\(SwiftCode.literal(functionID))\(argument))",
        ].compactMap(\.self)
    }

    /// A batch or a debounce waited for more.
    private var collecting: [String] {
        guard run.batchID != nil, let first = events.map(\.receivedAt).min() else { return [] }
        let waited = run.createdAt - first
        return waited < .seconds(1) ? [] : [SwiftCode.advance(by: waited.secondsUp)]
    }
}
