import JSON

/// When a function's runs start, wait, are dropped and end: its rules, in one normal form.
package struct FlowControl: Hashable, Sendable {
    /// Limits of steps that execute at the same time. All must have room.
    package var concurrency: [Concurrency] = []
    /// A limit of runs that are under way at the same time, asleep or not.
    package var runConcurrency: Concurrency?
    package var throttle: Throttle?
    package var rateLimit: RateLimit?
    package var debounce: Debounce?
    /// An expression whose value is in seconds: so much earlier than its neighbours a run is served.
    package var priority: String?
    package var batch: Batching?
    package var singleton: Singleton?
    /// An expression: of the events with the same value within 24 hours, the first starts a run.
    package var idempotency: String?
    package var cancellation: [CancelRule] = []
    package var timeouts = Timeouts()

    package init() {}

    /// Reads and checks the rules of a registration.
    ///
    /// What other settings make void is left out: `rateLimit` beside `idempotency` or `batchEvents`, `idempotency`
    /// and `timeouts.start` beside `batchEvents`.
    /// - Throws: ``InvalidFunction``, which names the field at fault.
    init(_ json: JSON, function: String) throws(InvalidFunction) {
        let settings = Fields(json, path: "", function: function)
        (concurrency, runConcurrency) = try Concurrency.rules(settings)
        throttle = try settings.object("throttle").map(Throttle.init)
        rateLimit = try settings.object("rateLimit").map(RateLimit.init)
        debounce = try settings.object("debounce").map(Debounce.init)
        priority = try settings.object("priority")?.text("run")
        batch = try settings.object("batchEvents").map(Batching.init)
        singleton = try settings.object("singleton").map(Singleton.init)
        idempotency = try settings.text("idempotency")
        cancellation = try CancelRule.rules(settings)
        timeouts = try settings.object("timeouts").map(Timeouts.init) ?? Timeouts()
        if batch != nil { try settleBesideBatch(settings) }
        if idempotency != nil { rateLimit = nil }
    }

    /// Refuses what can't go with a batch, and drops what has no meaning beside one.
    private mutating func settleBesideBatch(_ settings: Fields) throws(InvalidFunction) {
        let refused = [
            ("cancel", !cancellation.isEmpty), ("debounce", debounce != nil), ("singleton", singleton != nil),
            ("priority.run", priority != nil),
        ]
        for (field, isThere) in refused where isThere {
            throw settings.refuse("batchEvents", "can't be combined with \(field); leave one out", .combination)
        }
        rateLimit = nil
        idempotency = nil
        timeouts.start = nil
    }

    /// The rules as the fields of a registration; what is not set is left out.
    package var members: [String: JSON?] {
        [
            "batchEvents": batch?.json, "cancel": cancellation.isEmpty ? nil : .array(cancellation.map(\.json)),
            "concurrency": concurrencyJSON, "debounce": debounce?.json,
            "idempotency": idempotency.map(JSON.string), "priority": priority.map { ["run": .string($0)] },
            "rateLimit": rateLimit?.json, "singleton": singleton?.json, "throttle": throttle?.json,
            "timeouts": timeouts == Timeouts() ? nil : timeouts.json,
        ]
    }

    /// The rules as a registration carries them.
    package var json: JSON { JSON.emptyObject.merging(members) }

    private var concurrencyJSON: JSON? {
        let steps = concurrency.isEmpty ? nil : JSON.array(concurrency.map(\.json))
        guard let runConcurrency else { return steps }
        return ["fn": [runConcurrency.runJSON], "step": steps]
    }
}
