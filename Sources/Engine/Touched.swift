import Wire

/// What a transaction has changed, for those who watch. Told after the commit.
package struct Touched: Sendable {
    package var runs: Set<ULID> = []
    /// New ones.
    package var events: [ULID] = []
    /// Whether an app or a function has changed.
    package var apps = false

    package init() {}

    package var isEmpty: Bool { runs.isEmpty && events.isEmpty && !apps }

    package mutating func formUnion(_ other: Touched) {
        runs.formUnion(other.runs)
        events += other.events
        apps = apps || other.apps
    }

    mutating func note(_ changes: Changes) {
        for run in changes.newRuns { runs.insert(run.id) }
        for run in changes.changedRuns { runs.insert(run.id) }
        events += changes.events.lazy.map(\.event.internalID)
        apps = apps || !changes.apps.isEmpty || !changes.functions.isEmpty
    }
}
