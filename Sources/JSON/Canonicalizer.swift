/// Reads any JSON text strictly and writes it in the canonical form of RFC 8785 (JCS).
///
/// Strict means: RFC 8259 grammar, valid UTF-8, no duplicate keys, bounded depth, numbers that fit a double. Integers
/// beyond 2^53 lose precision, as the RFC says.
///
/// Two rules go beyond the RFC or fall short of it on purpose:
/// - An escape that is half of a surrogate pair becomes U+FFFD, though the RFC would have it refused. JavaScript and
///   Python cut texts in the middle of a character and write such halves, and a payload is not the sender's to mend.
///   What is written, and signed, is canonical all the same.
/// - The same key twice is refused, though most readers take the last. No SDK writes it; who did by hand is told, and
///   no two readers of one payload see different values.
struct Canonicalizer {
    private let input: UnsafeBufferPointer<UInt8>
    private let depthLimit: Int
    private var position = 0
    private var output: [UInt8] = []

    static func canonicalize(_ input: [UInt8], limits: JSONLimits) throws(JSONError) -> [UInt8] {
        let result: Result<[UInt8], JSONError> = input.withUnsafeBufferPointer { buffer in
            var canonicalizer = Canonicalizer(input: buffer, depthLimit: limits.depth)
            do throws(JSONError) {
                return .success(try canonicalizer.document())
            } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }

    private init(input: UnsafeBufferPointer<UInt8>, depthLimit: Int) {
        self.input = input
        self.depthLimit = depthLimit
        output.reserveCapacity(input.count)
    }

    private mutating func document() throws(JSONError) -> [UInt8] {
        skipWhitespace()
        try value(depth: 0)
        skipWhitespace()
        guard position == input.count else { throw unexpected("the end of the text") }
        return output
    }

    private mutating func value(depth: Int) throws(JSONError) {
        guard let first = peek() else { throw unexpected("a value") }
        switch first {
        case UInt8(ascii: "{"): try object(depth: depth)
        case UInt8(ascii: "["): try array(depth: depth)
        case UInt8(ascii: "\""): try string()
        case UInt8(ascii: "t"): try literal("true")
        case UInt8(ascii: "f"): try literal("false")
        case UInt8(ascii: "n"): try literal("null")
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): try number()
        default: throw unexpected("a value")
        }
    }

    // MARK: Arrays and objects

    private mutating func array(depth: Int) throws(JSONError) {
        try enter(depth)
        output.append(UInt8(ascii: "["))
        skipWhitespace()
        if !consume(UInt8(ascii: "]")) {
            while true {
                skipWhitespace()
                try value(depth: depth + 1)
                skipWhitespace()
                if consume(UInt8(ascii: "]")) { break }
                guard consume(UInt8(ascii: ",")) else { throw unexpected("',' or ']'") }
                output.append(UInt8(ascii: ","))
            }
        }
        output.append(UInt8(ascii: "]"))
    }

    private mutating func object(depth: Int) throws(JSONError) {
        try enter(depth)
        output.append(UInt8(ascii: "{"))
        let contentStart = output.count
        var members: [Member] = []
        var sorted = true
        skipWhitespace()
        if !consume(UInt8(ascii: "}")) {
            while true {
                skipWhitespace()
                guard peek() == UInt8(ascii: "\"") else { throw unexpected("a key in quotes") }
                let member = try member(depth: depth)
                if sorted, let last = members.last {
                    switch compareKeys(last, member) {
                    case .ascending: break
                    case .equal: throw duplicateKey(member)
                    case .descending: sorted = false
                    }
                }
                members.append(member)
                skipWhitespace()
                if consume(UInt8(ascii: "}")) { break }
                guard consume(UInt8(ascii: ",")) else { throw unexpected("',' or '}'") }
                output.append(UInt8(ascii: ","))
            }
        }
        if !sorted { try sortMembers(members, from: contentStart) }
        output.append(UInt8(ascii: "}"))
    }

    /// Where a member stands in the output: `start` is the key's opening quote.
    private struct Member {
        var start: Int
        var keyEnd: Int
        var end: Int
        var keyIsPlain: Bool
        var inputOffset: Int
    }

    private mutating func member(depth: Int) throws(JSONError) -> Member {
        let inputOffset = position
        let start = output.count
        let plain = try string()
        let keyEnd = output.count
        skipWhitespace()
        guard consume(UInt8(ascii: ":")) else { throw unexpected("':'") }
        output.append(UInt8(ascii: ":"))
        skipWhitespace()
        try value(depth: depth + 1)
        return Member(start: start, keyEnd: keyEnd, end: output.count, keyIsPlain: plain, inputOffset: inputOffset)
    }

    private enum KeyOrder { case ascending, equal, descending }

    /// RFC 8785 orders keys by their UTF-16 code units; for plain ASCII that is the order of the bytes.
    private func compareKeys(_ a: Member, _ b: Member) -> KeyOrder {
        let (left, right) = (output[a.start..<a.keyEnd], output[b.start..<b.keyEnd])
        if a.keyIsPlain && b.keyIsPlain {
            let (l, r) = (left.dropFirst().dropLast(), right.dropFirst().dropLast())
            if l.lexicographicallyPrecedes(r) { return .ascending }
            return l == r ? .equal : .descending
        }
        let (l, r) = (JSON(canonical: left).string ?? "", JSON(canonical: right).string ?? "")
        if l.utf16.lexicographicallyPrecedes(r.utf16) { return .ascending }
        return l.utf16.elementsEqual(r.utf16) ? .equal : .descending
    }

    private mutating func sortMembers(_ members: [Member], from contentStart: Int) throws(JSONError) {
        let ordered = members.sorted { compareKeys($0, $1) == .ascending }
        for index in ordered.indices.dropFirst() where compareKeys(ordered[index - 1], ordered[index]) == .equal {
            throw duplicateKey(ordered[index])
        }
        var content: [UInt8] = []
        content.reserveCapacity(output.count - contentStart)
        for (index, member) in ordered.enumerated() {
            if index > 0 { content.append(UInt8(ascii: ",")) }
            content.append(contentsOf: output[member.start..<member.end])
        }
        output.replaceSubrange(contentStart..., with: content)
    }

    // MARK: Scalars

    private mutating func literal(_ text: StaticString) throws(JSONError) {
        for index in 0..<text.utf8CodeUnitCount {
            guard peek(index) == text.utf8Start[index] else { throw unexpected("'\(text)'") }
        }
        output.append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
        position += text.utf8CodeUnitCount
    }

    private mutating func number() throws(JSONError) {
        let start = position
        let negative = consume(UInt8(ascii: "-"))
        let digitsStart = position
        try digits()
        let digitCount = position - digitsStart
        if input[digitsStart] == UInt8(ascii: "0"), digitCount > 1 {
            throw JSONError("a number with a leading zero", at: digitsStart)
        }
        var isInteger = true
        if consume(UInt8(ascii: ".")) {
            isInteger = false
            try digits()
        }
        if let byte = peek(), byte | 0x20 == UInt8(ascii: "e") {
            isInteger = false
            position += 1
            if !consume(UInt8(ascii: "+")) { _ = consume(UInt8(ascii: "-")) }
            try digits()
        }
        // Up to 15 digits, an integer's text is its canonical form ("-0" is not).
        if isInteger, digitCount <= 15, !(negative && input[digitsStart] == UInt8(ascii: "0")) {
            output.append(contentsOf: input[start..<position])
            return
        }
        let text = String(decoding: input[start..<position], as: UTF8.self)
        guard let value = Double(text), value.isFinite else {
            throw JSONError("a number beyond the range of a double", at: start)
        }
        NumberFormat.write(value, to: &output)
    }

    private mutating func digits() throws(JSONError) {
        let start = position
        while let byte = peek(), byte &- UInt8(ascii: "0") < 10 { position += 1 }
        guard position > start else { throw unexpected("a digit") }
    }

    /// Copies a string in canonical form. Returns whether it is ASCII without escapes.
    @discardableResult
    private mutating func string() throws(JSONError) -> Bool {
        output.append(UInt8(ascii: "\""))
        position += 1
        var plain = true
        while true {
            let runStart = position
            while position < input.count, StringBytes.isPlain(input[position]) { position += 1 }
            if position > runStart { output.append(contentsOf: input[runStart..<position]) }
            guard let byte = peek() else { throw unexpected("the closing quote of a string") }
            if byte == UInt8(ascii: "\"") {
                output.append(byte)
                position += 1
                return plain
            }
            plain = false
            if byte == UInt8(ascii: "\\") {
                try escape()
            } else if byte < 0x20 {
                throw JSONError("a control character in a string; write it as \\u00..", at: position)
            } else if byte == 0x7F {
                output.append(byte)
                position += 1
            } else {
                try multibyteScalar()
            }
        }
    }

    private mutating func escape() throws(JSONError) {
        let start = position
        position += 1
        guard let byte = peek() else { throw unexpected("an escape") }
        position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): StringBytes.append(byte, to: &output)
        case UInt8(ascii: "b"): StringBytes.append(0x08, to: &output)
        case UInt8(ascii: "f"): StringBytes.append(0x0C, to: &output)
        case UInt8(ascii: "n"): StringBytes.append(0x0A, to: &output)
        case UInt8(ascii: "r"): StringBytes.append(0x0D, to: &output)
        case UInt8(ascii: "t"): StringBytes.append(0x09, to: &output)
        case UInt8(ascii: "u"): try unicodeEscape()
        default: throw JSONError("an unknown escape", at: start)
        }
    }

    private mutating func unicodeEscape() throws(JSONError) {
        var code = UInt32(try hexQuad())
        if (0xD800..<0xDC00).contains(code), peek() == UInt8(ascii: "\\"), peek(1) == UInt8(ascii: "u") {
            let next = position
            position += 2
            let low = UInt32(try hexQuad())
            if (0xDC00..<0xE000).contains(low) {
                code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00)
            } else {
                position = next
            }
        }
        let scalar = Unicode.Scalar(code) ?? "\u{FFFD}"
        for byte in UTF8.encode(scalar).map(Array.init) ?? [] { StringBytes.append(byte, to: &output) }
    }

    private mutating func hexQuad() throws(JSONError) -> UInt16 {
        var value: UInt16 = 0
        for _ in 0..<4 {
            guard let byte = peek(), let digit = Character(Unicode.Scalar(byte)).hexDigitValue, byte < 0x80 else {
                throw unexpected("four hexadecimal digits")
            }
            value = value << 4 | UInt16(digit)
            position += 1
        }
        return value
    }

    /// Copies one UTF-8 encoded scalar of two to four bytes, refusing overlong forms, surrogates and stray bytes.
    private mutating func multibyteScalar() throws(JSONError) {
        let first = input[position]
        let (length, secondRange): (Int, ClosedRange<UInt8>) =
            switch first {
            case 0xC2...0xDF: (2, 0x80...0xBF)
            case 0xE0: (3, 0xA0...0xBF)
            case 0xE1...0xEC, 0xEE...0xEF: (3, 0x80...0xBF)
            case 0xED: (3, 0x80...0x9F)
            case 0xF0: (4, 0x90...0xBF)
            case 0xF1...0xF3: (4, 0x80...0xBF)
            case 0xF4: (4, 0x80...0x8F)
            default: throw JSONError("text that is not UTF-8", at: position)
            }
        guard let second = peek(1), secondRange.contains(second) else {
            throw JSONError("text that is not UTF-8", at: position)
        }
        for index in 2..<max(2, length) {
            guard let next = peek(index), next & 0xC0 == 0x80 else {
                throw JSONError("text that is not UTF-8", at: position)
            }
        }
        output.append(contentsOf: input[position..<position + length])
        position += length
    }

    // MARK: Reading

    private func peek(_ ahead: Int = 0) -> UInt8? {
        position + ahead < input.count ? input[position + ahead] : nil
    }

    private mutating func consume(_ byte: UInt8) -> Bool {
        guard peek() == byte else { return false }
        position += 1
        return true
    }

    private mutating func skipWhitespace() {
        while let byte = peek(), byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { position += 1 }
    }

    private mutating func enter(_ depth: Int) throws(JSONError) {
        guard depth < depthLimit else { throw JSONError("more than \(depthLimit) nested levels", at: position) }
        position += 1
    }

    private func unexpected(_ expected: String) -> JSONError {
        guard let byte = peek() else { return JSONError("expected \(expected), but the text ends", at: position) }
        let found = (0x21...0x7E).contains(byte) ? "'\(Character(Unicode.Scalar(byte)))'" : "byte \(byte)"
        return JSONError("expected \(expected), found \(found)", at: position)
    }

    private func duplicateKey(_ member: Member) -> JSONError {
        JSONError("the key \(JSON(canonical: output[member.start..<member.keyEnd]).text) twice", at: member.inputOffset)
    }
}
