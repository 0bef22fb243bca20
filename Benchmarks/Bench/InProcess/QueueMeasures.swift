import Rig

extension Measure {
    /// The engine in this process, with 1,000,000 runs of one function queued.
    static let queues = [
        queue("keys", "with a key of its own each", target: .atLeastOfCeiling(0.5)) {
            try await QueuedEngine.keyed.value
        },
        queue("backlog", "waiting for 64 slots of one key", target: nil) { try await QueuedEngine.crowded.value },
    ]

    /// Calls answered and handed out, 64 at a time.
    private static func queue(
        _ name: String, _ title: String, target: Target?,
        engine: @escaping @Sendable () async throws -> QueuedEngine
    ) -> Measure {
        Measure(
            inProcess: "queue-\(name)",
            title: "calls, 1,000,000 runs queued \(title) (beside: as many without a limit)", unit: .perSecond,
            target: target
        ) {
            // In turns, so that what else the machine does falls on both.
            var (with, without): ([Double], [Double]) = ([], [])
            for _ in 0..<3 {
                without.append(try await QueuedEngine.plain.value.callsPerSecond(count: 6400))
                with.append(try await engine().callsPerSecond(count: 6400))
            }
            return Round(value: Figure.median(with), ceiling: Figure.median(without))
        }
    }
}
