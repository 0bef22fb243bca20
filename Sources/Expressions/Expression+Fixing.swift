import JSON

extension Expression {
    /// This expression with the values that `event` has now in place of `event.…`, as text that can be stored and
    /// compiled again: `event.data.id == async.data.id` becomes `"42" == async.data.id`. Fields that are not there stay
    /// as they are written; without an event they are not there either.
    ///
    /// - Throws: ``ExpressionError`` where the values make the text too long. Keep the event beside the expression then.
    package func fixing(event: JSON) throws(ExpressionError) -> Expression {
        let words = try Lexer.read(source)
        var finder = EventFinder(
            event: event, compiler: Compiler(source: source, words: words, mode: mode, scope: program.scope))
        finder.visit(program.root)
        let bytes = Array(source.utf8)
        var (text, position): ([UInt8], Int) = ([], 0)
        for (tokens, replacement) in finder.replacements {
            text += bytes[position..<words.tokens[tokens.lowerBound].start]
            text += replacement.utf8
            position = words.tokens[tokens.upperBound].end
        }
        text += bytes[position...]
        return try Expression(String(decoding: text, as: UTF8.self), mode: mode, scope: program.scope)
    }
}

/// Finds the parts of an expression that say something about `event`, and what they say now.
private struct EventFinder {
    let event: JSON
    var compiler: Compiler
    /// In the order of the text.
    var replacements: [(tokens: ClosedRange<Int>, text: String)] = []

    mutating func visit(_ node: Node) {
        if let chain = node.chain({ compiler.pinned[$0] }) {
            if case .variable(.event, let fields) = compiler.resolve(chain), let value = event[JSONPath(fields)] {
                replacements.append((node.tokens, value.expressionText))
            }
            return
        }
        if case .has(let value, let field, _) = node.kind, let chain = value.chain({ compiler.pinned[$0] }),
            case .variable(.event, let fields) = compiler.resolve(chain), event[JSONPath(fields)]?.kind == .object
        {
            replacements.append((node.tokens, event[JSONPath(fields + [field])] == nil ? "false" : "true"))
            return
        }
        let outer = compiler.bound.count
        for name in node.boundNames { compiler.bound.append((name, 0)) }
        for child in node.children { visit(child) }
        compiler.bound.removeSubrange(outer...)
    }
}

extension JSON {
    /// The same value as a literal of the expression language. That is JSON itself but for numbers, which keep their
    /// place before a dot in brackets, and whole ones beyond 64 bits, which need a point.
    fileprivate var expressionText: String {
        switch kind {
        case .null, .bool, .string: return text
        case .number:
            let isWide = text.utf8.count > 18 && !text.contains { ".e".contains($0) }
            return isWide && Int64(text) == nil ? "(\(text).0)" : "(\(text))"
        case .array: return "[" + elements.map(\.expressionText).joined(separator: ",") + "]"
        case .object:
            let members = members.map { "\(JSON(canonical: $0.quotedKey).text):\($0.value.expressionText)" }
            return "{" + members.joined(separator: ",") + "}"
        }
    }
}
