import JSON

extension Value {
    /// A value of stored JSON. Objects, arrays and strings stay where they are.
    init(_ json: JSON) {
        let bytes = json.bytes
        switch json.kind {
        case .null: self = .null
        case .bool: self = .bool(bytes[bytes.startIndex] == UInt8(ascii: "t"))
        case .number: self = Self.number(bytes)
        case .string: self = .string(Self.text(bytes))
        case .array: self = .list(.json(json))
        case .object: self = .map(.json(json))
        }
    }

    private static func text(_ quoted: ArraySlice<UInt8>) -> Text {
        let content = quoted[quoted.startIndex + 1..<quoted.endIndex - 1]
        let isPlain = content.withUnsafeBufferPointer { bytes in !bytes.contains(UInt8(ascii: "\\")) }
        return isPlain ? Text(utf8: content) : Text(JSON(canonical: quoted).string ?? "")
    }

    /// Whole numbers are `int`, others `double`.
    private static func number(_ bytes: ArraySlice<UInt8>) -> Value {
        let int: Int64? = bytes.withUnsafeBufferPointer { text in
            let isNegative = text[0] == UInt8(ascii: "-")
            // Up to 18 digits can't overflow.
            guard text.count <= 18 else { return nil }
            var value: Int64 = 0
            for index in (isNegative ? 1 : 0)..<text.count {
                let digit = text[index] &- UInt8(ascii: "0")
                guard digit < 10 else { return nil }
                value = value &* 10 &+ Int64(digit)
            }
            return isNegative ? -value : value
        }
        if let int { return .int(int) }
        let text = String(decoding: bytes, as: UTF8.self)
        return Int64(text).map(Value.int) ?? .double(Double(text) ?? .nan)
    }

    /// This value as JSON: times as RFC 3339, durations as seconds, byte strings as base64, map keys as text.
    func json(in frame: inout Frame) throws(Fault) -> JSON {
        try frame.charge(1)
        switch self {
        case .missing, .null: return .null
        case .bool(let bool): return .bool(bool)
        case .int(let int): return .int(int)
        case .uint(let uint): return .int(uint)
        case .double(let double): return .double(double)
        case .string(let text):
            try frame.build(bytes: text.utf8.count)
            return .string(text.string)
        case .bytes(let bytes):
            try frame.build(bytes: bytes.count)
            return .string(Base64.encode(bytes))
        case .list(.json(let json)), .map(.json(let json)):
            try frame.build(bytes: json.bytes.count)
            return json
        case .list(let list):
            var elements: [JSON] = []
            for element in try list.elements(in: &frame) { elements.append(try element.json(in: &frame)) }
            return .array(elements)
        case .map(let map):
            var members: [(String, JSON?)] = []
            for (key, value) in try map.pairs(in: &frame) {
                members.append((try key.text(), try value.json(in: &frame)))
            }
            return .object(members)
        case .optional(let value): return try value?.json(in: &frame) ?? .null
        case .type, .timestamp, .duration, .address, .network: return .string(try text())
        }
    }
}
