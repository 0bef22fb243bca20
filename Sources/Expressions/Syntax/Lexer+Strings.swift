extension Lexer {
    /// Reads a string or byte string, if one begins here.
    mutating func quotedLiteral() throws(ExpressionError) -> Literal? {
        var (ahead, isRaw, isBytes) = (0, false, false)
        while ahead < 2, let byte = peek(ahead) {
            if byte | 0x20 == UInt8(ascii: "r"), !isRaw {
                isRaw = true
            } else if byte | 0x20 == UInt8(ascii: "b"), !isBytes {
                isBytes = true
            } else {
                break
            }
            ahead += 1
        }
        guard let quote = peek(ahead), quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'") else { return nil }
        let start = position
        position += ahead
        let isTriple = peek(1) == quote && peek(2) == quote
        position += isTriple ? 3 : 1
        let content = try content(quote: quote, isTriple: isTriple, isRaw: isRaw, isBytes: isBytes, start: start)
        return isBytes ? .bytes(content) : .string(content)
    }

    private mutating func content(
        quote: UInt8, isTriple: Bool, isRaw: Bool, isBytes: Bool, start: Int
    ) throws(ExpressionError) -> [UInt8] {
        var content: [UInt8] = []
        while let byte = peek() {
            if byte == quote, !isTriple || (peek(1) == quote && peek(2) == quote) {
                position += isTriple ? 3 : 1
                return content
            }
            if !isTriple, byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") { break }
            if byte == UInt8(ascii: "\\"), !isRaw {
                try escape(isBytes: isBytes, into: &content)
            } else {
                content.append(byte)
                position += 1
            }
        }
        let closing = String(repeating: Character(Unicode.Scalar(quote)), count: isTriple ? 3 : 1)
        throw error("a string that does not end", expected: "a closing \(closing)", at: start)
    }

    private mutating func escape(isBytes: Bool, into content: inout [UInt8]) throws(ExpressionError) {
        let start = position
        position += 1
        guard let byte = peek() else { throw error("a string that does not end", at: start) }
        position += 1
        switch byte {
        case UInt8(ascii: "a"): content.append(0x07)
        case UInt8(ascii: "b"): content.append(0x08)
        case UInt8(ascii: "f"): content.append(0x0C)
        case UInt8(ascii: "n"): content.append(0x0A)
        case UInt8(ascii: "r"): content.append(0x0D)
        case UInt8(ascii: "t"): content.append(0x09)
        case UInt8(ascii: "v"): content.append(0x0B)
        case UInt8(ascii: "\\"), UInt8(ascii: "?"), UInt8(ascii: "\""), UInt8(ascii: "'"), UInt8(ascii: "`"):
            content.append(byte)
        case UInt8(ascii: "x"), UInt8(ascii: "X"):
            try append(code: digits(2, radix: 16, start: start), isBytes: isBytes, start: start, to: &content)
        case UInt8(ascii: "u") where !isBytes:
            try append(code: digits(4, radix: 16, start: start), isBytes: false, start: start, to: &content)
        case UInt8(ascii: "U") where !isBytes:
            try append(code: digits(8, radix: 16, start: start), isBytes: false, start: start, to: &content)
        case UInt8(ascii: "0")...UInt8(ascii: "3"):
            position -= 1
            try append(code: digits(3, radix: 8, start: start), isBytes: isBytes, start: start, to: &content)
        default:
            throw error(
                "an unknown escape in a string", expected: #"one of \n \t \r \" \' \\ \xHH \uHHHH \UHHHHHHHH"#,
                at: start)
        }
    }

    private mutating func digits(_ count: Int, radix: Int, start: Int) throws(ExpressionError) -> UInt32 {
        let text = String(decoding: bytes[position...].prefix(count), as: UTF8.self)
        guard text.utf8.count == count, text.first != "+", text.first != "-", let value = UInt32(text, radix: radix)
        else {
            throw error("an escape that is cut short", expected: "\(count) digits of base \(radix)", at: start)
        }
        position += count
        return value
    }

    private func append(
        code: UInt32, isBytes: Bool, start: Int, to content: inout [UInt8]
    ) throws(ExpressionError) {
        if isBytes {
            content.append(UInt8(truncatingIfNeeded: code))
        } else if let scalar = Unicode.Scalar(code) {
            content.append(contentsOf: UTF8.encode(scalar).map(Array.init) ?? [])
        } else {
            throw error("an escape that is no character", expected: "up to 10FFFF, but no surrogate", at: start)
        }
    }
}
