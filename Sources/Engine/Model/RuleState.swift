import Crypto
import JSON
import Wire

/// What a rule remembers for one value of its key: what it has counted, collected or locked.
package struct RuleState: Hashable, Sendable {
    package let key: RuleKey
    package var value: JSON
    /// From when on it says nothing any more and may be deleted; nil where the rule takes it away itself.
    package var expiresAt: Timestamp?

    package init(key: RuleKey, value: JSON, expiresAt: Timestamp? = nil) {
        self.key = key
        self.value = value
        self.expiresAt = expiresAt
    }
}

/// A rule of a function for one value of its key.
package struct RuleKey: Hashable, Sendable {
    package let function: NameUUID
    package let rule: Rule
    /// The hash of the key's expression and value: short and ASCII, whatever the value is.
    package let hash: String

    package init(function: NameUUID, rule: Rule, hash: String) {
        self.function = function
        self.rule = rule
        self.hash = hash
    }

    /// The rules that remember something. The names are stored.
    package enum Rule: String, Sendable, CaseIterable {
        case rateLimit = "rate_limit"
        case idempotency
        case debounce
        case batch
        case singleton
    }

    /// SHA-256 in hex: nobody can make another key's value on purpose.
    package static func hash(expression: String?, value: JSON) -> String {
        var hasher = SHA256()
        hasher.update(data: Array((expression ?? "").utf8) + [UInt8(ascii: "\n")])
        hasher.update(data: Array(value.bytes))
        return Hex.encode(hasher.finalize())
    }
}
