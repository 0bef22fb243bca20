import Foundation

/// `"%s has %d".format([…])` of CEL's strings extension.
struct Format {
    private let bytes: [UInt8]
    private let arguments: [Value]
    private var position = 0
    private var used = 0
    private var output = ""

    /// The largest precision in `%.3f`, in digits. That of cel-go.
    private static let maximumPrecision = 1000

    static func apply(_ arguments: [Value], in frame: inout Frame) throws(Fault) -> Value {
        guard case .list(let list) = arguments[1] else { throw .noOverload("format()", arguments) }
        let text = try arguments[0].asText("format()")
        try frame.build(bytes: text.utf8.count)
        var format = Format(bytes: Array(text.utf8), arguments: try list.elements(in: &frame))
        try format.run(in: &frame)
        return .string(format.output)
    }

    private init(bytes: [UInt8], arguments: [Value]) {
        (self.bytes, self.arguments) = (bytes, arguments)
    }

    private mutating func run(in frame: inout Frame) throws(Fault) {
        while position < bytes.count {
            let end = bytes[position...].firstIndex(of: UInt8(ascii: "%")) ?? bytes.count
            output += String(decoding: bytes[position..<end], as: UTF8.self)
            position = end + 1
            if end < bytes.count { try clause(in: &frame) }
        }
    }

    private mutating func clause(in frame: inout Frame) throws(Fault) {
        if next() == UInt8(ascii: "%") {
            output += "%"
            return
        }
        position -= 1
        let precision = try precision()
        guard let letter = next() else { throw Fault("format() with a '%' at the end; write '%%' for a per cent sign") }
        guard used < arguments.count else { throw Fault("format() without a value for clause \(used + 1)") }
        let value = arguments[used]
        used += 1
        let text = try formatted(value, letter, precision: precision ?? 6, in: &frame)
        try frame.build(bytes: text.utf8.count)
        output += text
    }

    private mutating func next() -> UInt8? {
        defer { position += 1 }
        return position < bytes.count ? bytes[position] : nil
    }

    private mutating func precision() throws(Fault) -> Int? {
        guard position < bytes.count, bytes[position] == UInt8(ascii: ".") else { return nil }
        position += 1
        var precision = 0
        while position < bytes.count, bytes[position] &- 48 < 10 {
            precision = precision * 10 + Int(bytes[position] - 48)
            guard precision <= Self.maximumPrecision else { throw Fault("format() with a precision above 1000") }
            position += 1
        }
        return precision
    }

    private func formatted(
        _ value: Value, _ letter: UInt8, precision: Int, in frame: inout Frame
    ) throws(Fault) -> String {
        let clause = "'%\(Character(Unicode.Scalar(letter)))' in format()"
        switch letter {
        case UInt8(ascii: "s"): return try Self.text(value, in: &frame)
        case UInt8(ascii: "d"):
            switch value {
            case .int, .uint, .double: return try value.text()
            default: throw .noOverload(clause, value)
            }
        case UInt8(ascii: "b"):
            if case .bool(let bool) = value { return bool ? "1" : "0" }
            return try integer(value, radix: 2, clause)
        case UInt8(ascii: "o"): return try integer(value, radix: 8, clause)
        case UInt8(ascii: "x"): return try hexadecimal(value, clause)
        case UInt8(ascii: "X"): return try hexadecimal(value, clause).uppercased()
        case UInt8(ascii: "f"), UInt8(ascii: "e"):
            guard let double = value.asDouble else { throw .noOverload(clause, value) }
            guard double.isFinite else { return try value.text() }
            return String(format: letter == UInt8(ascii: "f") ? "%.*f" : "%.*e", Int32(precision), double)
        default: throw Fault("\(clause) is none of %s %d %f %e %b %o %x %X")
        }
    }

    private func integer(_ value: Value, radix: Int, _ clause: String) throws(Fault) -> String {
        switch value {
        case .int(let int): return String(int, radix: radix)
        case .uint(let uint): return String(uint, radix: radix)
        default: throw .noOverload(clause, value)
        }
    }

    private func hexadecimal(_ value: Value, _ clause: String) throws(Fault) -> String {
        func digits(_ bytes: ArraySlice<UInt8>) -> String {
            bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        }
        switch value {
        case .string(let text): return digits(text.utf8)
        case .bytes(let bytes): return digits(bytes)
        default: return try integer(value, radix: 16, clause)
        }
    }

    /// `%s`: lists and maps as well, map entries in the order of their keys.
    private static func text(_ value: Value, in frame: inout Frame) throws(Fault) -> String {
        try frame.charge(1)
        switch value {
        case .null, .missing: return "null"
        case .list(let list):
            var parts: [String] = []
            for element in try list.elements(in: &frame) { parts.append(try text(element, in: &frame)) }
            return "[" + parts.joined(separator: ", ") + "]"
        case .map(let map):
            var parts: [(key: String, value: String)] = []
            for (key, value) in try map.pairs(in: &frame) {
                parts.append((try text(key, in: &frame), try text(value, in: &frame)))
            }
            parts.sort { $0.key < $1.key }
            return "{" + parts.map { "\($0.key): \($0.value)" }.joined(separator: ", ") + "}"
        default:
            let text = try value.text()
            try frame.build(bytes: text.utf8.count)
            return text
        }
    }
}
