import Crypto
import JSON
import Wire

/// What calls pass one by one: a rule's value of a key, or the whole rule where it has no key. A row that counts who
/// holds it, so that all orchestrators on a store go by the same count.
package struct Gate: Hashable, Sendable {
    package let id: GateID
    /// The key's value, as far as a person wants to read it; empty for a rule without a key.
    package let name: String
    /// How many hold a slot of it. Of a throttle: starts that may be made and are not yet.
    package var held = 0
    /// Of a throttle: until when the starts that were made use it up, in microseconds since 1970.
    package var usedUntil: Int64?
    /// Whether lanes may wait for it.
    package var isAwaited = false

    package init(id: GateID, name: String, held: Int = 0, usedUntil: Int64? = nil, isAwaited: Bool = false) {
        self.id = id
        self.name = name
        self.held = held
        self.usedUntil = usedUntil
        self.isAwaited = isAwaited
    }
}

extension Gate {
    /// Whether nothing would be lost with its row.
    func isIdle(at now: Timestamp) -> Bool {
        held == 0 && !isAwaited && usedUntil.map { $0 / 1000 < now.milliseconds } ?? true
    }
}

/// The id of a gate, made from what it stands for.
package struct GateID: Hashable, Comparable, Sendable, CustomStringConvertible {
    package let description: String

    package init(stored: String) {
        description = stored
    }

    /// The gate of a rule without a key: every call of the function that the rule is for passes it.
    init(_ tag: String, of function: NameUUID) {
        description = "\(function)/\(tag)"
    }

    /// The gate of a value. Huge values and tiny ones cost the same.
    ///
    /// - Parameter rule: the fingerprint of the rule.
    init(rule: String, value: JSON) {
        description = "\(rule):\(Fingerprint.of(value.bytes))"
    }

    /// The function whose calls all pass this gate; nil for the gate of a key's value.
    var function: NameUUID? {
        description.firstIndex(of: "/").map { NameUUID(stored: String(description[..<$0])) }
    }

    /// Whether it belongs to the rule with this fingerprint.
    func belongs(to rule: String) -> Bool {
        description.hasPrefix(rule) && description.dropFirst(rule.count).first == ":"
    }

    package static func < (left: GateID, right: GateID) -> Bool { left.description < right.description }
}

/// A short name for a text of any length, the same in every process.
enum Fingerprint {
    /// 128 bits of SHA-256, in 32 hexadecimal digits.
    static func of(_ bytes: some Sequence<UInt8>) -> String {
        Hex.encode(SHA256.hash(data: Array(bytes)).prefix(16))
    }

    static func of(_ parts: [String]) -> String { of(parts.joined(separator: "\n").utf8) }
}
