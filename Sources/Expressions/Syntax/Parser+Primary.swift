extension Parser {
    /// A primary expression and what follows it: fields, indexes, calls.
    mutating func member() throws(ExpressionError) -> Node {
        let start = position
        var node = try primary()
        while true {
            if take(.dot) {
                node = try field(of: node, start: start)
            } else if take(.openBracket) {
                let isOptional = take(.question)
                let key = try expression()
                try expect(.closeBracket, "']'")
                node = try self.node(.index(node, key, isOptional: isOptional), from: start, over: [node, key])
            } else {
                return node
            }
        }
    }

    private mutating func field(of receiver: Node, start: Int) throws(ExpressionError) -> Node {
        let isOptional = take(.question)
        let nameToken = position
        let name = try fieldName()
        if !isOptional, take(.openParen) {
            let arguments = try self.arguments()
            return try call(name, receiver: receiver, arguments: arguments, start: start, nameToken: nameToken)
        }
        return try node(.select(receiver, field: name, isOptional: isOptional), from: start, over: [receiver])
    }

    private mutating func fieldName() throws(ExpressionError) -> String {
        switch peek {
        case .name(let text), .reserved(let text), .quotedName(let text):
            position += 1
            return text
        default: throw unexpected("a field name")
        }
    }

    mutating func arguments() throws(ExpressionError) -> [Node] {
        var arguments: [Node] = []
        if take(.closeParen) { return arguments }
        repeat { arguments.append(try expression()) } while take(.comma)
        try expect(.closeParen, "',' or ')'")
        return arguments
    }

    private mutating func primary() throws(ExpressionError) -> Node {
        let start = position
        switch peek {
        case .literal(let index):
            position += 1
            return try node(.literal(index, negated: false), from: start)
        case .symbol(.minus):
            guard case .literal(let index) = tokens[position + 1].kind else { throw unexpected("a value") }
            position += 2
            return try node(.literal(index, negated: true), from: start)
        case .symbol(.true), .symbol(.false):
            let value = peek == .symbol(.true)
            position += 1
            return try node(.bool(value), from: start)
        case .symbol(.null):
            position += 1
            return try node(.null, from: start)
        case .symbol(.openParen):
            position += 1
            var inner = try expression()
            try expect(.closeParen, "')'")
            inner.tokens = start...position - 1
            return inner
        case .symbol(.openBracket): return try list()
        case .symbol(.openBrace): return try map()
        case .symbol(.dot), .name: return try name()
        case .reserved(let text): throw error("'\(text)' is a reserved word and can't be a name")
        default: throw unexpected("a value")
        }
    }

    private mutating func name() throws(ExpressionError) -> Node {
        let start = position
        let isAbsolute = take(.dot)
        guard case .name(let text) = peek else { throw unexpected("a name") }
        let nameToken = position
        position += 1
        if take(.openParen) {
            let arguments = try self.arguments()
            return try call(text, receiver: nil, arguments: arguments, start: start, nameToken: nameToken)
        }
        if peek == .symbol(.openBrace) {
            throw error("'\(text){…}' builds a protobuf message, and there are none here", expected: "a map: {…}")
        }
        return try node(.name(text, isAbsolute: isAbsolute), from: start)
    }

    private mutating func list() throws(ExpressionError) -> Node {
        let start = position
        position += 1
        var elements: [Node.Element] = []
        while !take(.closeBracket) {
            let isOptional = take(.question)
            elements.append(Node.Element(value: try expression(), isOptional: isOptional))
            if take(.comma) { continue }
            try expect(.closeBracket, "',' or ']'")
            break
        }
        return try node(.list(elements), from: start, over: elements.map(\.value))
    }

    private mutating func map() throws(ExpressionError) -> Node {
        let start = position
        position += 1
        var entries: [Node.Entry] = []
        while !take(.closeBrace) {
            let isOptional = take(.question)
            let key = try expression()
            try expect(.colon, "':' after the key")
            entries.append(Node.Entry(key: key, value: try expression(), isOptional: isOptional))
            if take(.comma) { continue }
            try expect(.closeBrace, "',' or '}'")
            break
        }
        return try node(.map(entries), from: start, over: entries.flatMap { [$0.key, $0.value] })
    }
}
