/// Escapes, and classes in brackets.
extension PatternParser {
    mutating func escape() throws(Fault) -> PatternNode {
        position += 1
        guard let next = peek() else { throw fault("a lone backslash at the end") }
        position += 1
        switch next {
        case "A": return .assertion(.textStart)
        case "z": return .assertion(.textEnd)
        case "b": return .assertion(.wordBoundary)
        case "B": return .assertion(.notWordBoundary)
        case "Q": return quoted()
        default:
            if var set = try namedSet(next) {
                set.ignoresCase = flags.ignoresCase
                return .scalars(set)
            }
            return literal(try escapedScalar(next))
        }
    }

    private mutating func quoted() -> PatternNode {
        var parts: [PatternNode] = []
        while let next = peek() {
            if next == "\\", position + 1 < scalars.count, scalars[position + 1] == "E" {
                position += 2
                break
            }
            parts.append(literal(next))
            position += 1
        }
        return .sequence(parts)
    }

    private mutating func namedSet(_ letter: Unicode.Scalar) throws(Fault) -> ScalarSet? {
        switch letter {
        case "d": return .digits
        case "D": return ScalarSet.digits.inverted()
        case "w": return .word
        case "W": return ScalarSet.word.inverted()
        case "s": return .blanks
        case "S": return ScalarSet.blanks.inverted()
        case "p", "P":
            var name = ""
            if take("{") {
                while let next = peek(), next != "}" {
                    name.unicodeScalars.append(next)
                    position += 1
                }
                guard take("}") else { throw fault("'\\p{' without '}'") }
            } else if let next = peek() {
                name.unicodeScalars.append(next)
                position += 1
            }
            var isInverted = letter == "P"
            if name.hasPrefix("^") {
                isInverted.toggle()
                name.removeFirst()
            }
            guard Self.categories.contains(name) else {
                throw fault("'\\p{\(name.prefix(20))}' is no general category such as L, Lu or Nd")
            }
            return isInverted ? ScalarSet.category(name).inverted() : .category(name)
        default: return nil
        }
    }

    private static let categories: Set<String> = [
        "L", "Lu", "Ll", "Lt", "Lm", "Lo", "M", "Mn", "Mc", "Me", "N", "Nd", "Nl", "No", "P", "Pc", "Pd", "Ps", "Pe",
        "Pi", "Pf", "Po", "S", "Sm", "Sc", "Sk", "So", "Z", "Zs", "Zl", "Zp", "C", "Cc", "Cf", "Co",
    ]

    private mutating func escapedScalar(_ letter: Unicode.Scalar) throws(Fault) -> Unicode.Scalar {
        switch letter {
        case "n": return "\n"
        case "t": return "\t"
        case "r": return "\r"
        case "f": return "\u{0C}"
        case "v": return "\u{0B}"
        case "a": return "\u{07}"
        case "x": return try hexadecimal()
        case "0"..."7": return try octal(letter)
        default:
            guard letter.value < 0x80, !letter.properties.isAlphabetic, !("0"..."9").contains(letter) else {
                throw fault("an unknown escape '\\\(letter)'")
            }
            return letter
        }
    }

    private mutating func octal(_ first: Unicode.Scalar) throws(Fault) -> Unicode.Scalar {
        var value = first.value - 48
        var count = 1
        while count < 3, let next = peek(), ("0"..."7").contains(next) {
            value = value * 8 + next.value - 48
            position += 1
            count += 1
        }
        guard first == "0" || count == 3, let scalar = Unicode.Scalar(value) else {
            throw fault("references to groups are not supported")
        }
        return scalar
    }

    private mutating func hexadecimal() throws(Fault) -> Unicode.Scalar {
        var digits = ""
        if take("{") {
            while let next = peek(), next != "}" {
                digits.unicodeScalars.append(next)
                position += 1
            }
            guard take("}") else { throw fault("'\\x{' without '}'") }
        } else {
            for _ in 0..<2 {
                guard let next = peek() else { break }
                digits.unicodeScalars.append(next)
                position += 1
            }
        }
        guard let first = digits.first, first.isHexDigit, let value = UInt32(digits, radix: 16),
            let scalar = Unicode.Scalar(value)
        else { throw fault("'\\x' without hexadecimal digits") }
        return scalar
    }

    mutating func bracketed() throws(Fault) -> ScalarSet {
        var set = ScalarSet()
        set.ignoresCase = flags.ignoresCase
        let isInverted = take("^")
        var isFirst = true
        while let next = peek(), next != "]" || isFirst {
            isFirst = false
            if let part = try partialSet() {
                set.formUnion(part)
                continue
            }
            let low = try bracketedScalar()
            guard peek() == "-", position + 1 < scalars.count, scalars[position + 1] != "]" else {
                set.insert(low.value...low.value)
                continue
            }
            position += 1
            let high = try bracketedScalar()
            guard low <= high else { throw fault("a range in the wrong order") }
            set.insert(low.value...high.value)
        }
        guard take("]") else { throw fault("'[' without ']'") }
        set.isInverted = isInverted
        return set
    }

    /// `\d` or `[:alpha:]` inside of brackets.
    private mutating func partialSet() throws(Fault) -> ScalarSet? {
        if peek() == "\\", position + 1 < scalars.count {
            let start = position
            position += 2
            if let set = try namedSet(scalars[start + 1]) { return set }
            position = start
            return nil
        }
        guard peek() == "[", position + 1 < scalars.count, scalars[position + 1] == ":" else { return nil }
        guard let end = scalars[position...].firstIndex(of: "]"), end > position + 2, scalars[end - 1] == ":" else {
            return nil
        }
        var name = String(String.UnicodeScalarView(scalars[position + 2..<end - 1]))
        let isInverted = name.hasPrefix("^")
        if isInverted { name.removeFirst() }
        guard let set = Self.posix[name] else { throw fault("'[:\(name.prefix(20)):]' is no class") }
        position = end + 1
        return isInverted ? set.inverted() : set
    }

    private static let posix: [String: ScalarSet] = [
        "alnum": ScalarSet(48...57, 65...90, 97...122), "alpha": ScalarSet(65...90, 97...122),
        "ascii": ScalarSet(0...127), "blank": ScalarSet(9...9, 32...32), "cntrl": ScalarSet(0...31, 127...127),
        "digit": .digits, "graph": ScalarSet(33...126), "lower": ScalarSet(97...122), "print": ScalarSet(32...126),
        "punct": ScalarSet(33...47, 58...64, 91...96, 123...126), "space": ScalarSet(9...13, 32...32),
        "upper": ScalarSet(65...90), "word": .word, "xdigit": ScalarSet(48...57, 65...70, 97...102),
    ]

    private mutating func bracketedScalar() throws(Fault) -> Unicode.Scalar {
        guard let next = peek() else { throw fault("'[' without ']'") }
        position += 1
        guard next == "\\" else { return next }
        guard let letter = peek() else { throw fault("a lone backslash at the end") }
        position += 1
        return try escapedScalar(letter)
    }
}
