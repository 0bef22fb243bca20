import Wire

/// When a failed attempt is repeated.
package enum Backoff: Sendable {
    /// The protocol's: 15 s, 30 s, 1 m, 2 m, 5 m, 10 m, 20 m, 40 m, 1 h, 2 h, 2 h …; up to 30 s more by chance,
    /// so that what failed together does not come back together.
    case standard
    /// Always the same, for development.
    case fixed(Duration)

    /// - Parameter attempt: the attempt that failed, from 0.
    func delay(afterAttempt attempt: Int, ids: inout ULIDSource) -> Duration {
        switch self {
        case .fixed(let delay): delay
        case .standard: .seconds(Self.seconds(afterAttempt: attempt)) + .milliseconds(ids.random(in: 0...Self.chance))
        }
    }

    /// The longest that chance makes of it.
    package func longestDelay(afterAttempt attempt: Int) -> Duration {
        switch self {
        case .fixed(let delay): delay
        case .standard: .seconds(Self.seconds(afterAttempt: attempt)) + .milliseconds(Self.chance)
        }
    }

    private static func seconds(afterAttempt attempt: Int) -> Int { seconds[min(attempt, seconds.count - 1)] }

    private static let chance: Int64 = 30_000
    private static let seconds = [15, 30, 60, 120, 300, 600, 1200, 2400, 3600, 7200]
}
