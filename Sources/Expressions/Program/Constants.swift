/// The literals of one expression, as its program wants them.
struct Constants: Sendable {
    private(set) var values: [Value] = []
    private(set) var patterns: [Int: Pattern] = [:]

    init(_ words: Words, for use: LiteralUse, in source: String) throws(ExpressionError) {
        values.reserveCapacity(words.literals.count)
        for (index, literal) in words.literals.enumerated() {
            let start = use.tokens[index].map { words.tokens[$0].start } ?? 0
            values.append(try Self.value(literal, negated: use.negated.contains(index), in: source, at: start))
        }
        for (index, token) in use.patterns {
            guard case .string(let text) = values[index] else { continue }
            do throws(Fault) {
                patterns[index] = try Pattern(text)
            } catch {
                throw ExpressionError(error.reason, in: source, at: words.tokens[token].start)
            }
        }
    }

    private static func value(
        _ literal: Literal, negated: Bool, in source: String, at offset: Int
    ) throws(ExpressionError) -> Value {
        switch literal {
        case .integer(let magnitude):
            if negated, magnitude == Int64.min.magnitude { return .int(.min) }
            guard let value = Int64(exactly: magnitude) else {
                throw ExpressionError("the number \(magnitude) is beyond 64 bits with sign", in: source, at: offset)
            }
            return .int(negated ? -value : value)
        case .unsigned(let value): return .uint(value)
        case .double(let value): return .double(negated ? -value : value)
        case .string(let bytes): return .string(Text(utf8: bytes[...]))
        case .bytes(let bytes): return .bytes(bytes[...])
        }
    }
}
