/// Reads tokens into nodes: precedence climbing for operators, one function for each other construct.
struct Parser {
    let source: String
    let tokens: [Token]
    let literals: [Literal]
    var position = 0
    private var depth = 0

    static func parse(_ source: String, _ words: Words) throws(ExpressionError) -> Node {
        var parser = Parser(source: source, tokens: words.tokens, literals: words.literals)
        if parser.peek == .end {
            throw parser.error("the expression is empty", expected: "a condition such as event.data.total > 10")
        }
        let root = try parser.expression()
        guard parser.peek == .end else { throw parser.unexpected("an operator or the end") }
        return root
    }

    private init(source: String, tokens: [Token], literals: [Literal]) {
        self.source = source
        self.tokens = tokens
        self.literals = literals
    }

    // MARK: Operators

    mutating func expression() throws(ExpressionError) -> Node {
        try descend()
        defer { depth -= 1 }
        let start = position
        let condition = try chain(.or)
        guard take(.question) else { return condition }
        let yes = try chain(.or)
        try expect(.colon, "':' of the conditional")
        let no = try expression()
        return try node(.conditional(condition, yes, no), from: start, over: [condition, yes, no])
    }

    /// `a || b || c` or `a && b && c`, as one flat node: long chains are common, and nest nothing.
    private mutating func chain(_ symbol: Symbol) throws(ExpressionError) -> Node {
        let start = position
        var operands = [try symbol == .or ? chain(.and) : binary(minimum: 1)]
        while take(symbol) { operands.append(try symbol == .or ? chain(.and) : binary(minimum: 1)) }
        if operands.count == 1 { return operands[0] }
        return try node(symbol == .or ? .some(operands) : .every(operands), from: start, over: operands)
    }

    private func precedence(_ symbol: Symbol) -> Int? {
        switch symbol {
        case .equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual, .in: 1
        case .plus, .minus: 2
        case .times, .divide, .modulo: 3
        default: nil
        }
    }

    private mutating func binary(minimum: Int) throws(ExpressionError) -> Node {
        let start = position
        var left = try unary()
        while case .symbol(let symbol) = peek, let strength = precedence(symbol), strength >= minimum {
            position += 1
            let right = try binary(minimum: strength + 1)
            left = try node(.binary(symbol, left, right), from: start, over: [left, right])
        }
        return left
    }

    private mutating func unary() throws(ExpressionError) -> Node {
        let start = position
        if take(.not) {
            try descend()
            defer { depth -= 1 }
            let operand = try unary()
            return try node(.not(operand), from: start, over: [operand])
        }
        if peek == .symbol(.minus), !isNegatedLiteral {
            position += 1
            try descend()
            defer { depth -= 1 }
            let operand = try unary()
            return try node(.negate(operand), from: start, over: [operand])
        }
        return try member()
    }

    var isNegatedLiteral: Bool {
        guard peek == .symbol(.minus), case .literal(let index) = tokens[position + 1].kind else { return false }
        switch literals[index] {
        case .integer, .double: return true
        default: return false
        }
    }

    // MARK: Tokens

    var peek: Token.Kind { tokens[position].kind }

    mutating func take(_ symbol: Symbol) -> Bool {
        guard peek == .symbol(symbol) else { return false }
        position += 1
        return true
    }

    mutating func expect(_ symbol: Symbol, _ description: String) throws(ExpressionError) {
        guard take(symbol) else { throw unexpected(description) }
    }

    /// A node from the token at `start` to the one before the current.
    func node(_ kind: Node.Kind, from start: Int, over children: [Node] = []) throws(ExpressionError) -> Node {
        var depth = 0
        for child in children { depth = max(depth, child.depth) }
        guard depth < Limits.treeDepth else { throw tooDeep(at: start, levels: Limits.treeDepth) }
        return Node(kind: kind, tokens: start...max(start, position - 1), depth: depth + 1)
    }

    private mutating func descend() throws(ExpressionError) {
        guard depth < Limits.nesting else { throw tooDeep(at: position, levels: Limits.nesting) }
        depth += 1
    }

    // MARK: Errors

    private func tooDeep(at token: Int, levels: Int) -> ExpressionError {
        error("the expression is nested too deeply", expected: "at most \(levels) levels", at: token)
    }

    func unexpected(_ expected: String) -> ExpressionError {
        let token = tokens[position]
        if token.kind == .end { return error("the expression ends too early", expected: expected) }
        let text = String(decoding: Array(source.utf8)[token.start..<token.end], as: UTF8.self)
        return error("unexpected \(text.count > 40 ? String(text.prefix(40)) + "…" : text)", expected: expected)
    }

    func error(_ reason: String, expected: String? = nil, at token: Int? = nil) -> ExpressionError {
        ExpressionError(reason, expected: expected, in: source, at: tokens[token ?? position].start)
    }
}
