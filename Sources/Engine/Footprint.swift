import Wire

/// Rows that are going to be needed, named in advance so that a store that is asked over a network can be asked once.
package struct Footprint: Sendable {
    /// Runs that will be changed. Stores that several processes use lock them, in the order of their ids.
    package var runs: Set<ULID> = []
    package var queueItems: Set<QueueItem.Key> = []
    /// Runs of which everything is needed that is queued.
    package var queues: Set<ULID> = []
    /// Steps of which it has to be known whether they are finished.
    package var steps: Set<StepKey> = []
    package var waits: Set<StepKey> = []
    package var events: Set<ULID> = []
    /// Runs of which the events are needed that they were started with.
    package var eventsOfRuns: Set<ULID> = []
    /// Runs of which all finished steps are needed, where a call can carry them.
    package var stacks: Set<ULID> = []
    /// Names of events for which the paths are needed that waits are stored under.
    package var waitPaths: Set<String> = []
    /// Waits for events of a name that are stored under a value.
    package var waitKeys: [String: Set<Wait.IndexKey>] = [:]
    /// Gates, locked, with their names for those that have no row yet.
    package var gates: [GateID: String] = [:]
    /// Lanes that wait for some of the gates.
    package var lanes: Set<LaneID> = []
    /// What rules remember, locked.
    package var rules: Set<RuleKey> = []

    package init() {}

    package init(runs: some Sequence<ULID>) {
        self.runs = Set(runs)
    }

    package var isEmpty: Bool {
        runs.isEmpty && queueItems.isEmpty && steps.isEmpty && waits.isEmpty && events.isEmpty && eventsOfRuns.isEmpty
            && stacks.isEmpty && waitPaths.isEmpty && waitKeys.isEmpty && gates.isEmpty && lanes.isEmpty
            && rules.isEmpty && queues.isEmpty
    }

    package mutating func formUnion(_ other: Footprint) {
        runs.formUnion(other.runs)
        queueItems.formUnion(other.queueItems)
        steps.formUnion(other.steps)
        waits.formUnion(other.waits)
        events.formUnion(other.events)
        eventsOfRuns.formUnion(other.eventsOfRuns)
        stacks.formUnion(other.stacks)
        waitPaths.formUnion(other.waitPaths)
        waitKeys.merge(other.waitKeys) { $0.union($1) }
        gates.merge(other.gates) { first, _ in first }
        lanes.formUnion(other.lanes)
        rules.formUnion(other.rules)
        queues.formUnion(other.queues)
    }
}

/// What a store has found of a footprint. What is not there does not exist.
package struct LoadedRows {
    package var runs: [Run] = []
    package var queueItems: [QueueItem] = []
    /// What is queued for runs of which everything is needed.
    package var queues: [QueueItem] = []
    package var finishedSteps: Set<StepKey> = []
    package var waits: [Wait] = []
    package var events: [Event] = []
    package var stacks: [ULID: [Step]] = [:]
    package var waitPaths: [(eventName: String, path: String)] = []
    package var waitsByKey: [(eventName: String, key: Wait.IndexKey, wait: Wait)] = []
    package var gates: [Gate] = []
    package var lanes: [Lane] = []
    package var rules: [RuleState] = []

    package init() {}
}

/// Another process was in the way of a transaction: nothing of it has happened, and the same on fresh rows may
/// succeed. The engine repeats it.
package struct StoreConflict: Error, CustomStringConvertible {
    /// Rows to lock at the beginning next time, where waiting for them is safe.
    package let contested: Set<ULID>
    package let description: String

    package init(contested: Set<ULID> = [], _ description: String) {
        self.contested = contested
        self.description = description
    }
}

/// An error of a store's after which the next transaction may fare no better, or of which it is not known whether the
/// transaction has happened all the same. The engine tries nothing again.
package protocol StoreOutage: Error {
    var isOutage: Bool { get }
}
