/// How strings are written in canonical JSON.
enum StringBytes {
    /// Whether a byte stands for itself and needs no further look: printable ASCII but quote and backslash.
    @inline(__always)
    static func isPlain(_ byte: UInt8) -> Bool {
        byte >= 0x20 && byte < 0x7F && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\")
    }

    /// Appends one byte of a string's UTF-8, escaped where RFC 8785 says so.
    static func append(_ byte: UInt8, to output: inout [UInt8]) {
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): output.append(contentsOf: [UInt8(ascii: "\\"), byte])
        case 0x08: output.append(contentsOf: "\\b".utf8)
        case 0x09: output.append(contentsOf: "\\t".utf8)
        case 0x0A: output.append(contentsOf: "\\n".utf8)
        case 0x0C: output.append(contentsOf: "\\f".utf8)
        case 0x0D: output.append(contentsOf: "\\r".utf8)
        case 0..<0x20:
            output.append(contentsOf: "\\u00".utf8)
            let digits = Array("0123456789abcdef".utf8)
            output.append(digits[Int(byte >> 4)])
            output.append(digits[Int(byte & 15)])
        default: output.append(byte)
        }
    }

    /// Appends a string with its quotes.
    static func append(_ string: String, to output: inout [UInt8]) {
        output.append(UInt8(ascii: "\""))
        if string.utf8.allSatisfy({ isPlain($0) || $0 >= 0x7F }) {
            output.append(contentsOf: string.utf8)
        } else {
            for byte in string.utf8 { append(byte, to: &output) }
        }
        output.append(UInt8(ascii: "\""))
    }

    /// Reads a canonical string, quotes included.
    static func decode(_ bytes: ArraySlice<UInt8>) -> String {
        let content = bytes.dropFirst().dropLast()
        guard content.contains(UInt8(ascii: "\\")) else { return String(decoding: content, as: UTF8.self) }
        var decoded: [UInt8] = []
        decoded.reserveCapacity(content.count)
        var index = content.startIndex
        while index < content.endIndex {
            guard content[index] == UInt8(ascii: "\\") else {
                decoded.append(content[index])
                index += 1
                continue
            }
            let escape = content[index + 1]
            index += 2
            switch escape {
            case UInt8(ascii: "b"): decoded.append(0x08)
            case UInt8(ascii: "t"): decoded.append(0x09)
            case UInt8(ascii: "n"): decoded.append(0x0A)
            case UInt8(ascii: "f"): decoded.append(0x0C)
            case UInt8(ascii: "r"): decoded.append(0x0D)
            case UInt8(ascii: "u"):
                // Canonical text escapes control characters alone: the value is in the last two digits.
                decoded.append(UInt8(String(decoding: content[index + 2..<index + 4], as: UTF8.self), radix: 16) ?? 0)
                index += 4
            default: decoded.append(escape)
            }
        }
        return String(decoding: decoded, as: UTF8.self)
    }
}
