import Crypto
import Foundation
import Wire

/// Makes the orchestrator give events the same internal ids however often they are sent: `<millis>,<base64>`.
struct EventSeed: Hashable, Sendable {
    private let milliseconds: Int64
    private let entropy: Data

    private init(milliseconds: Int64, entropy: some Sequence<UInt8>) {
        self.milliseconds = milliseconds
        self.entropy = Data(entropy.prefix(10))
    }

    var header: String { "\(milliseconds),\(entropy.base64EncodedString())" }

    /// A new seed, for one sending and its retries.
    static func random(at time: Timestamp) -> EventSeed {
        EventSeed(milliseconds: time.milliseconds, entropy: (0..<10).map { _ in UInt8.random(in: .min ... .max) })
    }

    /// The seed of a step in a run: the same in each of its attempts.
    init(run: ULID, step idempotencyKey: String) {
        self.init(milliseconds: run.time.milliseconds, entropy: SHA256.hash(data: Array(idempotencyKey.utf8)))
    }

    /// The seed of a request beside the first one of a sending.
    func beside(_ number: Int) -> EventSeed {
        if number == 0 { return self }
        return EventSeed(milliseconds: milliseconds, entropy: SHA256.hash(data: entropy + Data("\(number)".utf8)))
    }
}
