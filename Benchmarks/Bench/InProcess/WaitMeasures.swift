extension Measure {
    /// The engine in this process, with 250,000 runs that wait for events of one name.
    static let waits = [
        resume("find-p99", "p99 without the sync", .atMost(1), isSynced: false) { $0[$0.count * 99 / 100] },
        resume("find-p50", "p50 without the sync", nil, isSynced: false) { $0[$0.count / 2] },
        resume("resume-p99", "p99", nil, isSynced: true) { $0[$0.count * 99 / 100] },
        resume("resume-p50", "p50", nil, isSynced: true) { $0[$0.count / 2] },
        ingestBesideWaits,
    ]

    /// From an event until the one run that waits for it has gone on: committed, and its next call leased. What the
    /// disk takes to sync the commit is most of it, and is the same for an event that nobody waits for.
    ///
    /// - Parameter figure: taken from the times, in order.
    private static func resume(
        _ name: String, _ title: String, _ target: Target?, isSynced: Bool,
        figure: @escaping @Sendable ([Double]) -> Double
    ) -> Measure {
        Measure(
            inProcess: "waits-\(name)",
            title: "event to resumed run, 250,000 waits, \(title) (beside: an event for nobody, no waits)",
            unit: .milliseconds, target: target
        ) {
            let empty = isSynced ? WaitingEngine.empty : WaitingEngine.emptyUnsynced
            let crowded = isSynced ? WaitingEngine.crowded : WaitingEngine.crowdedUnsynced
            let ceiling = try await empty.value.millisecondsToIngest(samples: 1000)
            let times = try await crowded.value.millisecondsToResume(samples: 1000)
            return Round(value: figure(times.sorted()), ceiling: figure(ceiling.sorted()))
        }
    }

    private static let ingestBesideWaits = Measure(
        inProcess: "waits-ingest", title: "events that match none of 250,000 waits (beside: without waits)",
        unit: .perSecond,
        target: .atLeastOfCeiling(0.8)
    ) {
        // In turns, so that what else the machine does falls on both.
        var (with, without): ([Double], [Double]) = ([], [])
        for _ in 0..<5 {
            without.append(
                try await WaitingEngine.empty.value.eventsPerSecond(commands: 40, eventsEach: 100))
            with.append(
                try await WaitingEngine.crowded.value.eventsPerSecond(commands: 40, eventsEach: 100))
        }
        return Round(value: Figure.median(with), ceiling: Figure.median(without))
    }
}
