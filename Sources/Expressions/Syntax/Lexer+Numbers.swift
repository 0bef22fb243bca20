extension Lexer {
    mutating func number() throws(ExpressionError) -> Literal {
        let start = position
        if peek() == UInt8(ascii: "0"), let x = peek(1), x | 0x20 == UInt8(ascii: "x") {
            position += 2
            return try integer(start: start, digitsStart: position, radix: 16) { $0.isHexDigit }
        }
        while let byte = peek(), isDigit(byte) { position += 1 }
        var isDouble = false
        if peek() == UInt8(ascii: "."), let next = peek(1), isDigit(next) {
            isDouble = true
            position += 1
            while let byte = peek(), isDigit(byte) { position += 1 }
        }
        if exponent() { isDouble = true }
        guard isDouble else {
            position = start
            return try integer(start: start, digitsStart: start, radix: 10) { $0.isWholeNumber }
        }
        let text = String(decoding: bytes[start..<position], as: UTF8.self)
        guard let value = Double(text), value.isFinite else {
            throw error("the number \(text.prefix(40)) is beyond a double", at: start)
        }
        try refuseTrailingName(start: start)
        return .double(value)
    }

    private mutating func exponent() -> Bool {
        guard let e = peek(), e | 0x20 == UInt8(ascii: "e") else { return false }
        let signed = peek(1) == UInt8(ascii: "+") || peek(1) == UInt8(ascii: "-")
        guard let digit = peek(signed ? 2 : 1), isDigit(digit) else { return false }
        position += signed ? 2 : 1
        while let byte = peek(), isDigit(byte) { position += 1 }
        return true
    }

    private mutating func integer(
        start: Int, digitsStart: Int, radix: UInt64, isPart: (Character) -> Bool
    ) throws(ExpressionError) -> Literal {
        while let byte = peek(), byte < 0x80, isPart(Character(Unicode.Scalar(byte))) { position += 1 }
        let text = String(decoding: bytes[digitsStart..<position], as: UTF8.self)
        guard !text.isEmpty else {
            throw error("a hexadecimal number without digits", expected: "0 to 9 or a to f", at: start)
        }
        guard let value = UInt64(text, radix: Int(radix)) else {
            throw error("the number \(text.prefix(40)) is beyond 64 bits", at: start)
        }
        if let suffix = peek(), suffix | 0x20 == UInt8(ascii: "u") {
            position += 1
            try refuseTrailingName(start: start)
            return .unsigned(value)
        }
        try refuseTrailingName(start: start)
        return .integer(value)
    }

    /// `1day` is a slip, not a number beside a name.
    private func refuseTrailingName(start: Int) throws(ExpressionError) {
        guard let byte = peek(), isNameStart(byte) else { return }
        throw error("letters directly after a number", expected: "an operator", at: position)
    }
}
