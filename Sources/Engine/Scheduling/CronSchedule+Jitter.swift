import Crypto
import Wire

extension CronSchedule {
    /// How long a tick is put off: the same for the same seed and tick, spread evenly below the limit.
    package func jitter(for tick: Timestamp, within limit: Duration, seed: String) -> Duration {
        guard limit.milliseconds > 0 else { return .zero }
        let digest = SHA256.hash(data: Array("\(seed)\n\(tick.milliseconds)".utf8))
        let number = digest.prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        return .milliseconds(Int64(number % UInt64(limit.milliseconds)))
    }
}
