/// Reads the syntax of RE2. What needs backtracking (look-around, references to groups) is not part of it.
struct PatternParser {
    private let scalars: [Unicode.Scalar]
    private var position = 0
    private var depth = 0
    private var flags = Flags()

    /// What `(?ims)` sets.
    private struct Flags {
        var ignoresCase = false
        var dotIsAll = false
        var isMultiline = false
    }

    static func parse(_ pattern: Text) throws(Fault) -> PatternNode {
        guard pattern.utf8.count <= Limits.patternBytes else {
            throw Fault("a regular expression of more than \(Limits.patternBytes) bytes")
        }
        var parser = PatternParser(scalars: Array(pattern.string.unicodeScalars))
        let node = try parser.alternatives()
        guard parser.position == parser.scalars.count else { throw parser.fault("')' without '('") }
        return node
    }

    private init(scalars: [Unicode.Scalar]) {
        self.scalars = scalars
    }

    // MARK: Structure

    private mutating func alternatives() throws(Fault) -> PatternNode {
        var branches = [try sequence()]
        while take("|") { branches.append(try sequence()) }
        return branches.count == 1 ? branches[0] : .alternatives(branches)
    }

    private mutating func sequence() throws(Fault) -> PatternNode {
        var parts: [PatternNode] = []
        while let next = peek(), next != "|", next != ")" {
            guard let atom = try atom() else { continue }
            parts.append(try repeated(atom))
        }
        return parts.count == 1 ? parts[0] : .sequence(parts)
    }

    private mutating func repeated(_ atom: PatternNode) throws(Fault) -> PatternNode {
        guard let (minimum, maximum) = try counts() else { return atom }
        // Lazy or not makes no difference to whether there is a match.
        _ = take("?")
        if let next = peek(), "*+?".unicodeScalars.contains(next) { throw fault("a repetition of a repetition") }
        return .repeated(atom, minimum: minimum, maximum: maximum)
    }

    private mutating func counts() throws(Fault) -> (Int, Int?)? {
        if take("*") { return (0, nil) }
        if take("+") { return (1, nil) }
        if take("?") { return (0, 1) }
        guard peek() == "{" else { return nil }
        let start = position
        position += 1
        guard let minimum = number() else {
            position = start
            return nil
        }
        var maximum: Int? = minimum
        if take(",") { maximum = peek() == "}" ? nil : number() ?? -1 }
        guard take("}"), maximum != -1 else {
            position = start
            return nil
        }
        guard minimum <= Limits.patternRepetitions, (maximum ?? minimum) <= Limits.patternRepetitions else {
            throw fault("a count above \(Limits.patternRepetitions)")
        }
        guard minimum <= maximum ?? minimum else { throw fault("counts in the wrong order") }
        return (minimum, maximum)
    }

    private mutating func number() -> Int? {
        var value: Int?
        while let next = peek(), let digit = Int(String(next)) {
            value = min((value ?? 0) * 10 + digit, Limits.patternRepetitions + 1)
            position += 1
        }
        return value
    }

    private mutating func atom() throws(Fault) -> PatternNode? {
        guard let next = peek() else { return .empty }
        switch next {
        case "(": return try group()
        case "[":
            position += 1
            return .scalars(try bracketed())
        case ".":
            position += 1
            return .scalars(flags.dotIsAll ? .all : .allButNewline)
        case "^":
            position += 1
            return .assertion(flags.isMultiline ? .lineStart : .textStart)
        case "$":
            position += 1
            return .assertion(flags.isMultiline ? .lineEnd : .textEnd)
        case "\\": return try escape()
        case "*", "+", "?": throw fault("nothing before '\(next)' to repeat")
        default:
            if next == "{" {
                let start = position
                if try counts() != nil { throw fault("nothing before '{' to repeat") }
                position = start
            }
            position += 1
            return literal(next)
        }
    }

    private func literal(_ scalar: Unicode.Scalar) -> PatternNode {
        var set = ScalarSet(scalar)
        set.ignoresCase = flags.ignoresCase
        return .scalars(set)
    }

    private mutating func group() throws(Fault) -> PatternNode? {
        position += 1
        guard depth < Limits.patternNesting else { throw fault("groups nested too deeply") }
        depth += 1
        defer { depth -= 1 }
        let saved = flags
        if take("?"), try !opensGroup() { return nil }
        let inner = try alternatives()
        guard take(")") else { throw fault("'(' without ')'") }
        flags = saved
        return inner
    }

    /// Reads what follows `(?`. Returns false for `(?i)`, which sets flags up to the end of the group around it.
    private mutating func opensGroup() throws(Fault) -> Bool {
        if take("P") || peek() == "<" {
            guard take("<"), let end = scalars[position...].firstIndex(of: ">"), end > position else {
                throw fault("look-around and references are not supported")
            }
            position = end + 1
            return true
        }
        var sets = true
        while let next = peek() {
            position += 1
            switch next {
            case "i": flags.ignoresCase = sets
            case "s": flags.dotIsAll = sets
            case "m": flags.isMultiline = sets
            case "U": break
            case "-": sets = false
            case ":": return true
            case ")": return false
            default: throw fault("look-around and other extensions are not supported")
            }
        }
        throw fault("'(' without ')'")
    }

    // MARK: Escapes and classes

    private mutating func escape() throws(Fault) -> PatternNode {
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

    private mutating func bracketed() throws(Fault) -> ScalarSet {
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

    // MARK: Reading

    private func peek() -> Unicode.Scalar? { position < scalars.count ? scalars[position] : nil }

    private mutating func take(_ scalar: Unicode.Scalar) -> Bool {
        guard peek() == scalar else { return false }
        position += 1
        return true
    }

    private func fault(_ reason: String) -> Fault {
        Fault("in the regular expression, at character \(position + 1): \(reason)")
    }
}
