import Foundation

/// `X-Inngest-Event-Id-Seed`: `<millis>,<base64 of 10 bytes>`, which makes a repeated request the same events.
package enum EventIDSeed {
    /// The id of the first event of the request; those after it count up. Nil for a header that is none.
    package static func firstID(_ header: String) -> ULID? {
        let parts = header.split(separator: ",")
        guard parts.count == 2, let milliseconds = Int64(parts[0]) else { return nil }
        let text = parts[1] + String(repeating: "=", count: (4 - parts[1].count % 4) % 4)
        guard let entropy = Data(base64Encoded: String(text)), entropy.count == 10 else { return nil }
        return ULID(time: Timestamp(milliseconds: milliseconds), random: entropy.reduce(0) { $0 << 8 | UInt128($1) })
    }
}
