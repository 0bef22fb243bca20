/// Reads the syntax of RE2. What needs backtracking (look-around, references to groups) is not part of it.
struct PatternParser {
    let scalars: [Unicode.Scalar]
    var position = 0
    private var depth = 0
    var flags = Flags()

    /// What `(?ims)` sets.
    struct Flags {
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

    func literal(_ scalar: Unicode.Scalar) -> PatternNode {
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

    // MARK: Reading

    func peek() -> Unicode.Scalar? { position < scalars.count ? scalars[position] : nil }

    mutating func take(_ scalar: Unicode.Scalar) -> Bool {
        guard peek() == scalar else { return false }
        position += 1
        return true
    }

    func fault(_ reason: String) -> Fault {
        Fault("in the regular expression, at character \(position + 1): \(reason)")
    }
}
