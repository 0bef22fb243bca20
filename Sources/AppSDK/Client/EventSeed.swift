import Crypto
import Foundation
import Wire

/// Makes the orchestrator give events the same internal ids however often they are sent: `<millis>,<base64>`.
struct EventSeed: Hashable, Sendable {
    let header: String

    private init(milliseconds: Int64, entropy: some Sequence<UInt8>) {
        header = "\(milliseconds),\(Data(entropy.prefix(10)).base64EncodedString())"
    }

    /// A new seed, for one sending and its retries.
    static func random(at time: Timestamp) -> EventSeed {
        EventSeed(milliseconds: time.milliseconds, entropy: (0..<10).map { _ in UInt8.random(in: .min ... .max) })
    }

    /// The seed of a step in a run: the same in each of its attempts.
    init(run: ULID, step idempotencyKey: String) {
        self.init(milliseconds: run.time.milliseconds, entropy: SHA256.hash(data: Array(idempotencyKey.utf8)))
    }
}
