import Crypto
import Wire

/// The orchestrator's id of an app or a function: a UUID in text, made from its name so that it stays the same.
package struct NameUUID: Hashable, Sendable, CustomStringConvertible {
    package let description: String

    /// Takes an id read back from a store.
    package init(stored: String) {
        description = stored
    }

    /// Makes the id of a name: a version 5 UUID (RFC 9562) in a namespace of its own.
    package init(naming name: String) {
        var bytes = Array(Insecure.SHA1.hash(data: Self.namespace + Array(name.utf8)).prefix(16))
        bytes[6] = bytes[6] & 0x0F | 0x50
        bytes[8] = bytes[8] & 0x3F | 0x80
        let hex = Array(Hex.encode(bytes))
        let groups = [0..<8, 8..<12, 12..<16, 16..<20, 20..<32]
        description = groups.map { String(hex[$0]) }.joined(separator: "-")
    }

    private static let namespace: [UInt8] = [
        0x6b, 0x1e, 0x0a, 0x5c, 0x9d, 0x3f, 0x4c, 0x21, 0x8e, 0x57, 0x2a, 0xd4, 0x70, 0x13, 0xb9, 0x86,
    ]
}

/// A step of a run.
package struct StepKey: Hashable, Sendable {
    package let run: ULID
    package let step: StepID

    package init(run: ULID, step: StepID) {
        self.run = run
        self.step = step
    }
}
