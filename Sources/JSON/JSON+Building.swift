extension JSON {
    package static let null = JSON(canonical: Array("null".utf8))
    package static let emptyObject = JSON(canonical: Array("{}".utf8))
    package static let emptyArray = JSON(canonical: Array("[]".utf8))

    package static func string(_ value: String) -> JSON {
        var bytes: [UInt8] = []
        StringBytes.append(value, to: &bytes)
        return JSON(canonical: bytes)
    }

    package static func bool(_ value: Bool) -> JSON {
        JSON(canonical: Array((value ? "true" : "false").utf8))
    }

    /// An integer. Beyond ±2^53 it is rounded to the nearest double, as RFC 8785 says.
    package static func int(_ value: some BinaryInteger) -> JSON {
        value.magnitude < 1_000_000_000_000_000 ? JSON(canonical: Array(String(value).utf8)) : .double(Double(value))
    }

    /// A number; `null` where JSON has none (infinities, not a number).
    package static func double(_ value: Double) -> JSON {
        guard value.isFinite else { return .null }
        var bytes: [UInt8] = []
        NumberFormat.write(value, to: &bytes)
        return JSON(canonical: bytes)
    }

    package static func array(_ elements: some Sequence<JSON>) -> JSON {
        var bytes = [UInt8(ascii: "[")]
        for element in elements {
            if bytes.count > 1 { bytes.append(UInt8(ascii: ",")) }
            bytes.append(contentsOf: element.bytes)
        }
        bytes.append(UInt8(ascii: "]"))
        return JSON(canonical: bytes)
    }

    /// An object of the members that have a value, in canonical order. The last of equal keys wins.
    package static func object(_ members: some Sequence<(String, JSON?)>) -> JSON {
        let members = Array(members)
        if isInOrder(members) { return object(inOrder: members) }
        var unique: [String: JSON] = [:]
        for (key, value) in members { unique[key] = value }
        return object(inOrder: unique.sorted { $0.key.utf16.lexicographicallyPrecedes($1.key.utf16) })
    }

    /// Whether keys stand in canonical order already, as they do in most literals. ASCII only: its order is plain.
    private static func isInOrder(_ members: [(String, JSON?)]) -> Bool {
        zip(members, members.dropFirst()).allSatisfy { $0.0 < $1.0 }
            && members.allSatisfy { $0.0.utf8.allSatisfy { $0 < 0x80 } }
    }

    private static func object(inOrder members: some Sequence<(key: String, value: JSON?)>) -> JSON {
        var bytes = [UInt8(ascii: "{")]
        for case (let key, let value?) in members {
            if bytes.count > 1 { bytes.append(UInt8(ascii: ",")) }
            StringBytes.append(key, to: &bytes)
            bytes.append(UInt8(ascii: ":"))
            bytes.append(contentsOf: value.bytes)
        }
        bytes.append(UInt8(ascii: "}"))
        return JSON(canonical: bytes)
    }

    /// This object with other values for some members; `nil` takes a member away.
    package func merging(_ changes: [String: JSON?]) -> JSON {
        if kind == .object, changes.allSatisfy({ $0.value == nil && self[$0.key] == nil }) { return self }
        var kept = members.filter { changes[$0.key] == nil }.map { ($0.key, Optional($0.value)) }
        kept.append(contentsOf: changes.map { ($0.key, $0.value) })
        return .object(kept)
    }
}

extension JSON: ExpressibleByDictionaryLiteral, ExpressibleByArrayLiteral, ExpressibleByStringLiteral,
    ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral, ExpressibleByBooleanLiteral,
    CustomStringConvertible
{
    /// Members without a value are left out.
    package init(dictionaryLiteral elements: (String, JSON?)...) { self = .object(elements) }
    package init(arrayLiteral elements: JSON...) { self = .array(elements) }
    package init(stringLiteral value: String) { self = .string(value) }
    package init(integerLiteral value: Int) { self = .int(value) }
    package init(floatLiteral value: Double) { self = .double(value) }
    package init(booleanLiteral value: Bool) { self = .bool(value) }
    package var description: String { text }
}
