import JSON
import Rig
import Wire

/// Holds what rules of flow control promise against what the app saw and the orchestrator says: no limit was exceeded,
/// and every event is accounted for.
struct RuleAudit {
    private(set) var violations: [String] = []
    private let calls: [RuleLedger.Call]
    private let kills: [Timestamp]
    /// By the function's name.
    private let runs: [String: [JSON]]
    private let events: [String: [JSON]]

    init(_ client: LoopbackClient, _ calls: [RuleLedger.Call], kills: [Timestamp]) async throws {
        self.calls = calls
        self.kills = kills
        let prefix = RuleTrial.name
        runs = Dictionary(grouping: try await client.readAll("/v1/runs?app=\(prefix)")) {
            String(Self.text($0, "function").dropFirst(prefix.count + 1))
        }
        events = Dictionary(grouping: try await client.readAll("/v1/events")) {
            let name = Self.text($0, "name")
            return name.hasPrefix("\(prefix)/") ? String(name.dropFirst(prefix.count + 1)) : ""
        }
    }

    /// How many events there were, and what became of them.
    var summary: String {
        let parts = RuleTrial.functions.map { name in
            let skipped = of(name).count { Self.text($0, "status") == "Skipped" }
            return "\(name) \(events[name]?.count ?? 0) events, \(of(name).count - skipped) runs"
                + (skipped > 0 ? ", \(skipped) skipped" : "")
        }
        return parts.joined(separator: "; ")
    }

    mutating func check(_ client: LoopbackClient) async throws {
        for name in RuleTrial.functions where (events[name] ?? []).isEmpty || completed(name).isEmpty {
            violation("\(name) was not tried")
        }
        checkEnds()
        checkOpenCalls()
        checkStarts()
        checkSingletons()
        checkDebounces()
        checkKeys()
        try await checkReceptions(client)
    }

    private mutating func violation(_ text: String) { violations.append(text) }

    // MARK: Limits

    /// A call that an orchestrator lost by its end is made again. Until then its place is kept, and from then on what is
    /// left of it in the app is nobody's: it counts up to the kill.
    private mutating func checkOpenCalls() {
        let calls = calls.filter { $0.function == "rules-limited" }
        for group in [true, false] {
            let open = calls.filter { RuleTrial.group($0.key) == group }.map { call in
                let kill = kills.filter { $0 >= call.leasedAt }.min() ?? Timestamp(milliseconds: .max)
                return (
                    work: Work(run: call.run, step: call.step), from: call.arrivedAt,
                    to: min(call.endedAt ?? kill, kill)
                )
            }
            for call in open {
                let others = Set(open.filter { $0.from <= call.from && call.from < $0.to }.map(\.work))
                if others.count > RuleTrial.Limit.calls {
                    violation("\(others.count) calls were open at once at \(call.from): \(others)")
                }
            }
        }
    }

    /// What a call is for, however often it is made.
    private struct Work: Hashable, CustomStringConvertible {
        let run: ULID
        let step: String

        var description: String { step.isEmpty ? "\(run)" : "\(run)/\(step.prefix(8))" }
    }

    /// In no period more runs begin than the throttle allows.
    private mutating func checkStarts() {
        let starts = of("paced").compactMap { Self.time($0, "started_at") }.sorted()
        for (first, next) in zip(starts, starts.dropFirst(RuleTrial.Limit.starts))
        where next - first < .milliseconds(RuleTrial.Limit.period) {
            violation("\(RuleTrial.Limit.starts + 1) runs began from \(first) to \(next)")
        }
        let called = calls.filter { $0.function == "rules-paced" }.map { ($0.run, $0.leasedAt) }
        let first = Dictionary(called, uniquingKeysWith: min)
        for run in of("paced") {
            guard let id = ULID(Self.text(run, "run_id")), let called = first[id] else { continue }
            if let begun = Self.time(run, "started_at"), called < begun {
                violation("run \(id) was called at \(called), before it began at \(begun)")
            }
        }
    }

    /// Of one key, a run is called only when the one before it has ended.
    private mutating func checkSingletons() {
        let calls = calls.filter { $0.function == "rules-lone" }
        for group in [true, false] {
            let runs = Dictionary(grouping: calls.filter { RuleTrial.group($0.key) == group }, by: \.run).values
                .compactMap { calls -> (run: ULID, from: Timestamp, to: Timestamp)? in
                    let times = calls.map(\.leasedAt)
                    guard let from = times.min(), let to = times.max() else { return nil }
                    return (calls[0].run, from, to)
                }.sorted { $0.from < $1.from }
            for (one, next) in zip(runs, runs.dropFirst()) where next.from < one.to {
                violation("run \(next.run) began beside run \(one.run) of the same singleton")
            }
        }
    }

    /// Runs of one key are a period apart at least, for the first event of the later one came after the earlier one.
    private mutating func checkDebounces() {
        for group in [true, false] {
            let made = completed("settled").filter { RuleTrial.group(Self.keys($0).first ?? "") == group }
                .compactMap { Self.time($0, "queued_at") }.sorted()
            for (one, next) in zip(made, made.dropFirst())
            where next - one < .milliseconds(RuleTrial.Limit.debounce) {
                violation("debounced runs were made at \(one) and \(next)")
            }
        }
    }

    // MARK: Events

    private mutating func checkEnds() {
        for (name, runs) in runs {
            for run in runs {
                let status = Self.text(run, "status")
                if status != "Completed", name != "lone" || status != "Skipped" {
                    violation("run \(Self.text(run, "run_id")) of \(name) is \(status): \(run["output"]?.text ?? "")")
                }
            }
        }
    }

    /// What is limited, paced or batched is done once for each event, and a batch is no larger than it may be.
    private mutating func checkKeys() {
        for name in ["limited", "paced", "batched"] {
            let done = completed(name).map(Self.keys)
            if name == "batched", let large = done.first(where: { $0.count > RuleTrial.Limit.batch }) {
                violation("a batch has \(large.count) events: \(large)")
            }
            let sent = Set((events[name] ?? []).map { $0["data"]?["key"]?.string ?? "" })
            let counts = Dictionary(done.joined().map { ($0, 1) }, uniquingKeysWith: +)
            for key in sent where counts[key] != 1 { violation("\(name) \(key) was done \(counts[key] ?? 0) times") }
            for key in counts.keys where !sent.contains(key) { violation("\(name) \(key) is nobody's") }
        }
    }

    /// Each event names the run that it is part of, or why there is none.
    private mutating func checkReceptions(_ client: LoopbackClient) async throws {
        for name in RuleTrial.functions {
            let runs = Dictionary(of(name).map { (Self.text($0, "run_id"), $0) }) { first, _ in first }
            var collections: [String: [JSON]] = [:]
            for event in events[name] ?? [] {
                let id = Self.text(event, "internal_id")
                let receptions = try await client.read("/v1/events/\(id)")["functions"]
                guard let reception = receptions?[0], receptions?[1] == nil else {
                    violation("event \(id) of \(name) says \(receptions?.text ?? "nothing")")
                    continue
                }
                let isRepeated = event["data"]?["key"]?.string?.hasPrefix("\(Clients.Manner.repeatsID)") == true
                let run = reception["run_id"]?.string.flatMap { runs[$0] }
                let status = run.map { Self.text($0, "status") }
                let gate = reception["gate"]?.string
                let isRight =
                    switch (name, gate, status) {
                    case (_, "idempotency", nil): isRepeated && name != "settled" && name != "batched"
                    case ("batched", "batch", nil): isRepeated && reception["state"]?["duplicate_of"] != nil
                    case ("batched", "batch", "Completed"), ("settled", "debounce", "Completed"): true
                    case ("lone", "singleton", "Skipped"): true
                    case ("batched", _, _), ("settled", _, _): false
                    case (_, nil, "Completed"): true
                    default: false
                    }
                if !isRight { violation("event \(id) of \(name): \(reception)") }
                if name == "settled", let run { collections[Self.text(run, "run_id"), default: []].append(event) }
            }
            for (id, events) in collections {
                let held = events.first { Self.text($0, "internal_id") == runs[id].map { Self.text($0, "event_id") } }
                let last = events.compactMap { $0["ts"]?.int }.max()
                if held?["ts"]?.int != last { violation("run \(id) was not started with its last event") }
            }
        }
    }

    // MARK: Reading

    private func of(_ name: String) -> [JSON] { runs[name] ?? [] }

    private func completed(_ name: String) -> [JSON] { of(name).filter { Self.text($0, "status") == "Completed" } }

    private static func keys(_ run: JSON) -> [String] { run["output"]?.elements.compactMap(\.string) ?? [] }

    private static func text(_ json: JSON, _ key: String) -> String { json[key]?.string ?? "" }

    private static func time(_ json: JSON, _ key: String) -> Timestamp? {
        json[key]?.string.flatMap { Timestamp(rfc3339: $0) }
    }
}
