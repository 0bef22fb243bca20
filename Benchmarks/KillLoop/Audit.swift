import JSON
import Rig
import Wire

/// Compares what the orchestrator says in the end with what clients and app have seen.
struct Audit {
    let events: [JSON]
    let runs: [JSON]
    private(set) var violations: [String] = []

    init(_ client: LoopbackClient) async throws {
        events = try await client.readAll("/v1/events")
        runs = try await client.readAll("/v1/runs?app=trial")
    }

    private mutating func violation(_ text: String) { violations.append(text) }

    // MARK: Events

    /// Every acknowledged event is there, none twice, and each has started what it had to, once.
    mutating func checkEvents(_ tally: Clients.Tally) {
        for refusal in tally.refusals { violation(refusal) }
        let keys = Dictionary(events.map { (text($0, "internal_id"), key(of: $0)) }) { first, _ in first }
        for (id, key) in tally.acknowledged where keys[id] != key {
            violation("event \(id) (\(key)) was acknowledged and is gone")
        }
        let runsByEvent = Dictionary(grouping: runs) { text($0, "event_id") }
        // Events of one name and key are one event, sent once or more often.
        for (group, same) in Dictionary(grouping: events, by: { Name(event: text($0, "name"), key: key(of: $0)) }) {
            if same.count > 1, !group.key.hasPrefix("\(Clients.Manner.repeatsID)") || group.event == Answer.eventName {
                violation("\(group.event) \(group.key) was taken in \(same.count) times")
            }
            let started = same.flatMap { runsByEvent[text($0, "internal_id")] ?? [] }.map { text($0, "function") }
                .sorted()
            let expected = TrialEvent.all.first { $0.name == group.event }?.functions ?? []
            if started != expected {
                violation("\(group.event) \(group.key) started \(started) instead of \(expected)")
            }
        }
    }

    private struct Name: Hashable {
        let event: String
        let key: String
    }

    // MARK: Runs

    /// Every run has completed with the right result, and those that one run starts are there once.
    mutating func checkRuns() {
        let keys = Dictionary(events.map { (text($0, "internal_id"), key(of: $0)) }) { first, _ in first }
        let callees = Dictionary(grouping: runs.filter { text($0, "function") == "trial-callee" }) {
            text($0, "parent_run_id")
        }
        let questions = Set(events.filter { text($0, "name") == Question.eventName }.map { key(of: $0) })
        for run in runs {
            let (id, function) = (text(run, "run_id"), text(run, "function"))
            guard text(run, "status") == "Completed" else {
                violation("run \(id) of \(function) is \(text(run, "status")): \(run["output"]?.text ?? "no output")")
                continue
            }
            let steps = run["output"]?["steps"]?.elements.compactMap(\.string)
            if steps != TrialEvent.steps[function] {
                violation("run \(id) of \(function) returned \(run["output"]?.text ?? "nothing")")
            }
            let key = keys[text(run, "event_id")]
            if let key, run["output"]?["key"]?.string != key {
                violation("run \(id) of \(function) is about \(key) and returned \(run["output"]?.text ?? "nothing")")
            }
            if function == "trial-caller", callees[id]?.count != 1 {
                violation("run \(id) invoked once and started \(callees[id]?.count ?? 0) runs")
            }
            if function == "trial-asker", let key, !questions.contains(key) {
                violation("run \(id) asked a question that is not there")
            }
        }
    }

    // MARK: Steps

    /// What the app saw: a step whose memo has come does not run, and one attempt runs twice only where the node that
    /// had leased the first call was killed before the second was leased.
    mutating func checkExecutions(_ seen: StepLedger.State, _ kills: [Kill], _ leases: LeaseBook) {
        for (key, executions) in seen.executions {
            if let delivered = seen.delivered[key] {
                for execution in executions where execution.call.number > delivered.number {
                    violation("step \(key.step) of run \(key.run) ran after a call had carried its memo")
                }
            }
            for same in Dictionary(grouping: executions, by: \.attempt).values {
                let calls = same.map(\.call).sorted { $0.lease < $1.lease }
                for (first, second) in zip(calls, calls.dropFirst()) where !wasTaken(first, second, kills, leases) {
                    let holder = leases.holder(of: first.lease).map { "node \($0)" } ?? "an unknown node"
                    violation(
                        "step \(key.step) of run \(key.run) ran again at \(second.leasedAt): \(holder), which had called "
                            + "it at \(first.leasedAt), was not killed between")
                }
            }
        }
    }

    private func wasTaken(
        _ first: StepLedger.Arrival, _ second: StepLedger.Arrival, _ kills: [Kill], _ leases: LeaseBook
    ) -> Bool {
        guard let holder = leases.holder(of: first.lease) else { return false }
        return kills.contains { $0.node == holder && first.leasedAt <= $0.at && $0.at <= second.leasedAt }
    }

    /// What the orchestrator wrote down: a history without gaps, in which steps complete once and then rest.
    mutating func checkHistories(_ seen: StepLedger.State, _ client: LoopbackClient) async throws {
        for run in runs {
            guard let id = ULID(text(run, "run_id")) else { continue }
            let timeline = try await client.read("/v1/runs/\(id)/timeline")
            let history = timeline["history"].map { Array($0.elements) } ?? []
            if history.compactMap({ $0["number"]?.int }) != Array(history.indices) {
                violation("the history of run \(id) has gaps")
            }
            var completed: Set<String> = []
            for entry in history where entry["kind"]?.string == "step.completed" {
                let step = text(entry, "step_id")
                if !completed.insert(step).inserted { violation("step \(step) of run \(id) completed twice") }
                guard let at = Timestamp(rfc3339: text(entry, "at")) else { continue }
                let executions = seen.executions[StepLedger.Key(run: id, step: StepID(hash: step))] ?? []
                for execution in executions where execution.call.leasedAt > at {
                    violation("step \(step) of run \(id) ran again after it was acknowledged")
                }
            }
        }
    }

    private func text(_ json: JSON, _ key: String) -> String { json[key]?.string ?? "" }

    private func key(of event: JSON) -> String { event["data"]?["key"]?.string ?? "" }
}
