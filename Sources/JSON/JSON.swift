/// Valid JSON text in the canonical form of RFC 8785, as bytes: a whole document or a part of one.
///
/// Payloads are opaque: text is validated and made canonical once, when it comes in, and from there on
/// it is sliced and copied, never decoded and encoded again. Parts share the storage of the whole.
package struct JSON: Sendable, Hashable {
    /// The text, UTF-8.
    package let bytes: ArraySlice<UInt8>

    /// Takes text that is known to be canonical: it was written by ``JSON`` before, or read back from a store.
    package init(canonical bytes: ArraySlice<UInt8>) {
        assert(!bytes.isEmpty, "canonical JSON is never empty")
        self.bytes = bytes
    }

    /// Takes text that is known to be canonical.
    package init(canonical bytes: [UInt8]) {
        self.init(canonical: bytes[...])
    }

    /// Validates `text` and puts it in canonical form.
    ///
    /// - Throws: ``JSONError`` with the offset of the first byte that is wrong.
    package init(parsing text: some Sequence<UInt8>, limits: JSONLimits = .default) throws(JSONError) {
        let input = (text as? [UInt8]) ?? Array(text)
        self.init(canonical: try Canonicalizer.canonicalize(input, limits: limits))
    }

    /// Validates `text` and puts it in canonical form.
    package init(parsing text: String, limits: JSONLimits = .default) throws(JSONError) {
        try self.init(parsing: Array(text.utf8), limits: limits)
    }

    /// The text as a string.
    package var text: String { String(decoding: bytes, as: UTF8.self) }

    /// What kind of value this is.
    package var kind: Kind {
        switch bytes[bytes.startIndex] {
        case UInt8(ascii: "{"): .object
        case UInt8(ascii: "["): .array
        case UInt8(ascii: "\""): .string
        case UInt8(ascii: "t"), UInt8(ascii: "f"): .bool
        case UInt8(ascii: "n"): .null
        default: .number
        }
    }

    /// The kinds of JSON values.
    package enum Kind: String, Sendable {
        case object, array, string, number, bool, null
    }
}

/// What is accepted when JSON is parsed.
package struct JSONLimits: Sendable {
    /// How deep arrays and objects may be nested.
    package var depth: Int

    package init(depth: Int) {
        self.depth = depth
    }

    /// 128 levels: more than any payload needs, and far less than the stack holds.
    package static let `default` = JSONLimits(depth: 128)

    /// 120 levels for what comes in from outside. It goes out again in envelopes, of which the event that tells of an
    /// event's run, within a call, is the deepest: 4 levels. Those who read it may take 128, as ``default`` does.
    package static let intake = JSONLimits(depth: 120)
}

/// Why a text is no acceptable JSON, and where.
package struct JSONError: Error, Hashable, CustomStringConvertible {
    /// What was found or expected.
    package let reason: String
    /// Offset of the byte at fault, from 0.
    package let offset: Int

    package init(_ reason: String, at offset: Int) {
        self.reason = reason
        self.offset = offset
    }

    package var description: String { "invalid JSON at byte \(offset): \(reason)" }
}
