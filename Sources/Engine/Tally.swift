import Wire

/// How often things happened to runs, by function: for counters that a monitoring system reads.
package struct Tally: Sendable {
    package struct Key: Hashable, Sendable {
        package let kind: HistoryEntry.Kind
        package let function: NameUUID
    }

    private(set) package var counts: [Key: Int] = [:]

    package init() {}

    private static let counted: Set<HistoryEntry.Kind> = [
        .runQueued, .runStarted, .runCompleted, .runFailed, .runCancelled, .call, .stepCompleted, .stepFailed,
    ]

    mutating func note(_ kind: HistoryEntry.Kind, _ function: NameUUID) {
        guard Self.counted.contains(kind) else { return }
        counts[Key(kind: kind, function: function), default: 0] += 1
    }

    package mutating func add(_ other: Tally) {
        counts.merge(other.counts, uniquingKeysWith: +)
    }
}
