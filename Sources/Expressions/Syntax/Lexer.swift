/// Cuts an expression into tokens.
struct Lexer {
    let source: String
    let bytes: [UInt8]
    var position = 0
    private(set) var tokens: [Token] = []
    private(set) var literals: [Literal] = []

    static func read(_ source: String) throws(ExpressionError) -> Words {
        guard source.utf8.count <= Limits.sourceBytes else {
            throw ExpressionError(
                "the expression is \(source.utf8.count) bytes long", expected: "at most \(Limits.sourceBytes) bytes",
                in: "", at: 0)
        }
        var lexer = Lexer(source: source, bytes: Array(source.utf8))
        while try lexer.readToken() {}
        return Words(tokens: lexer.tokens, literals: lexer.literals)
    }

    private mutating func readToken() throws(ExpressionError) -> Bool {
        skipBlanks()
        let start = position
        guard let byte = peek() else {
            tokens.append(Token(kind: .end, start: start, end: start))
            return false
        }
        let kind: Token.Kind
        if isDigit(byte) || (byte == UInt8(ascii: ".") && peek(1).map(isDigit) == true) {
            kind = lift(try number())
        } else if let quoted = try quotedLiteral() {
            kind = lift(quoted)
        } else if isNameStart(byte) {
            kind = word()
        } else if byte == UInt8(ascii: "`") {
            kind = .quotedName(try quotedName())
        } else {
            kind = .symbol(try symbol())
        }
        tokens.append(Token(kind: kind, start: start, end: position))
        return true
    }

    private mutating func lift(_ literal: Literal) -> Token.Kind {
        literals.append(literal)
        return .literal(literals.count - 1)
    }

    private mutating func skipBlanks() {
        while let byte = peek() {
            if byte == 0x20 || (0x09...0x0D).contains(byte) {
                position += 1
            } else if byte == UInt8(ascii: "/"), peek(1) == byte {
                while let next = peek(), next != UInt8(ascii: "\n") { position += 1 }
            } else {
                return
            }
        }
    }

    // MARK: Words

    private static let reserved: Set<String> = [
        "as", "break", "const", "continue", "else", "for", "function", "if", "import", "let", "loop", "package",
        "namespace", "return", "var", "void", "while",
    ]

    private mutating func word() -> Token.Kind {
        let start = position
        while let byte = peek(), isNameStart(byte) || isDigit(byte) { position += 1 }
        let text = String(decoding: bytes[start..<position], as: UTF8.self)
        switch text {
        case "in", "true", "false", "null": return Symbol(rawValue: text).map { .symbol($0) } ?? .name(text)
        default: return Self.reserved.contains(text) ? .reserved(text) : .name(text)
        }
    }

    private mutating func quotedName() throws(ExpressionError) -> String {
        let start = position
        position += 1
        while let byte = peek(), byte != UInt8(ascii: "`"), byte >= 0x20 { position += 1 }
        guard peek() == UInt8(ascii: "`"), position > start + 1 else {
            throw error("a field name in back quotes that does not end", expected: "a closing '`'", at: start)
        }
        position += 1
        return String(decoding: bytes[start + 1..<position - 1], as: UTF8.self)
    }

    private mutating func symbol() throws(ExpressionError) -> Symbol {
        for length in [2, 1] where position + length <= bytes.count {
            let text = String(decoding: bytes[position..<position + length], as: UTF8.self)
            if let symbol = Symbol(rawValue: text) {
                position += length
                return symbol
            }
        }
        let hints: [UInt8: String] = [
            UInt8(ascii: "="): "'==' to compare", UInt8(ascii: "&"): "'&&'", UInt8(ascii: "|"): "'||'",
        ]
        let found = String(decoding: bytes[position...].prefix(4), as: UTF8.self).first.map(String.init) ?? ""
        throw error("'\(found)' means nothing here", expected: hints[bytes[position]], at: position)
    }

    // MARK: Reading

    func peek(_ ahead: Int = 0) -> UInt8? {
        position + ahead < bytes.count ? bytes[position + ahead] : nil
    }

    func isDigit(_ byte: UInt8) -> Bool { byte &- UInt8(ascii: "0") < 10 }

    func isNameStart(_ byte: UInt8) -> Bool {
        (byte | 0x20) &- UInt8(ascii: "a") < 26 || byte == UInt8(ascii: "_")
    }

    func error(_ reason: String, expected: String? = nil, at offset: Int) -> ExpressionError {
        ExpressionError(reason, expected: expected, in: source, at: offset)
    }
}
