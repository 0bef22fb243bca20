/// Turns nodes into closures.
struct Compiler {
    let source: String
    let tokens: [Token]
    let mode: Expression.Mode
    let scope: NameScope
    let functions: FunctionTable
    /// String literals that are indexes, by their place: they are part of the shape, so the program may know them.
    let pinned: [Int: String]
    var literals = LiteralUse()
    /// Names bound by macros, innermost last, with their place among the locals.
    var bound: [(name: String, place: Int)] = []
    var localCount = 0

    init(source: String, words: Words, mode: Expression.Mode, scope: NameScope) {
        (self.source, self.tokens, self.mode, self.scope) = (source, words.tokens, mode, scope)
        pinned = words.pinnedStrings
        functions = mode == .dialect ? .dialect : .strict
    }

    static func program(
        _ root: Node, source: String, words: Words, mode: Expression.Mode, scope: NameScope
    ) throws(ExpressionError) -> Program {
        var compiler = Compiler(source: source, words: words, mode: mode, scope: scope)
        let evaluate = try compiler.evaluate(root)
        let condition = compiler.isCondition(root) ? try compiler.condition(root) : nil
        let requirements = try RequirementPlan.make(root, &compiler)
        return Program(
            root: root, evaluate: evaluate, condition: condition, localCount: compiler.localCount,
            literals: compiler.literals, scope: scope, requirements: requirements)
    }

    var isDialect: Bool { mode == .dialect }

    mutating func evaluate(_ node: Node) throws(ExpressionError) -> Evaluate {
        if let reference = try reference(node) { return reference }
        switch node.kind {
        case .null: return { _ throws(Fault) in .null }
        case .bool(let value): return { _ throws(Fault) in .bool(value) }
        case .literal(let index, let negated): return constant(index, negated: negated, token: node.tokens.lowerBound)
        case .name: return { _ throws(Fault) in .missing }
        case .select(let value, let field, let isOptional):
            return try select(value, field: field, isOptional: isOptional, token: node.tokens.upperBound)
        case .index(let value, let key, let isOptional):
            return try index(value, key, isOptional: isOptional, token: key.tokens.lowerBound)
        case .call(let name, let receiver, let arguments):
            return try call(name, receiver: receiver, arguments: arguments, node: node)
        case .negate(let operand):
            let (operand, token) = (try evaluate(operand), node.tokens.lowerBound)
            return { frame throws(Fault) in
                let value = try operand(&frame)
                do throws(Fault) { return try Arithmetic.negate(value, in: &frame) } catch { throw error.at(token) }
            }
        case .binary(let symbol, let left, let right):
            if case .plus = symbol { return try arithmetic(symbol, left, right) }
            if [.minus, .times, .divide, .modulo].contains(symbol) { return try arithmetic(symbol, left, right) }
            return try wrapped(node)
        case .not, .every, .some, .has: return try wrapped(node)
        case .conditional(let condition, let yes, let no):
            let (condition, yes, no) = (try self.condition(condition), try evaluate(yes), try evaluate(no))
            return { frame throws(Fault) in try condition(&frame) ? yes(&frame) : no(&frame) }
        case .list(let elements): return try list(elements)
        case .map(let entries): return try map(entries)
        case .comprehension(let comprehension): return try self.comprehension(comprehension, node: node)
        case .bind(let bindings, let result): return try bind(bindings, result: result)
        }
    }

    private mutating func wrapped(_ node: Node) throws(ExpressionError) -> Evaluate {
        let condition = try condition(node)
        return { frame throws(Fault) in .bool(try condition(&frame)) }
    }

    private mutating func constant(_ index: Int, negated: Bool, token: Int) -> Evaluate {
        literals.tokens[index] = token
        if negated { literals.negated.insert(index) }
        return { frame throws(Fault) in frame.constants[index] }
    }

    private mutating func arithmetic(
        _ symbol: Symbol, _ left: Node, _ right: Node
    ) throws(ExpressionError) -> Evaluate {
        let token = left.tokens.upperBound + 1
        let (left, right) = (try evaluate(left), try evaluate(right))
        return { frame throws(Fault) in
            let (l, r) = (try left(&frame), try right(&frame))
            do throws(Fault) { return try Arithmetic.apply(symbol, l, r, in: &frame) } catch { throw error.at(token) }
        }
    }

    // MARK: Lists and maps

    private mutating func list(_ elements: [Node.Element]) throws(ExpressionError) -> Evaluate {
        var parts: [(evaluate: Evaluate, isOptional: Bool)] = []
        for element in elements { parts.append((try evaluate(element.value), element.isOptional)) }
        let ready = parts
        return { frame throws(Fault) in
            try frame.build(values: ready.count)
            var values: [Value] = []
            values.reserveCapacity(ready.count)
            for part in ready {
                let value = try part.evaluate(&frame)
                if let kept = part.isOptional ? try value.unwrapped() : value { values.append(kept) }
            }
            return .list(values)
        }
    }

    private mutating func map(_ entries: [Node.Entry]) throws(ExpressionError) -> Evaluate {
        var parts: [(key: Evaluate, value: Evaluate, isOptional: Bool, token: Int)] = []
        for entry in entries {
            let (key, value) = (try evaluate(entry.key), try evaluate(entry.value))
            parts.append((key, value, entry.isOptional, entry.key.tokens.lowerBound))
        }
        let ready = parts
        return { frame throws(Fault) in
            try frame.build(values: 3 * ready.count)
            var entries = MapEntries()
            for part in ready {
                let name = try part.key(&frame)
                let value = try part.value(&frame)
                guard let key = MapKey(name) else {
                    throw Fault("a \(name.typeName.rawValue) can't be a key of a map").at(part.token)
                }
                guard let kept = part.isOptional ? try value.unwrapped() : value else { continue }
                guard entries.add(key, named: name, kept) else {
                    throw Fault("the same key twice in a map").at(part.token)
                }
            }
            return .map(.entries(entries))
        }
    }
}

extension Value {
    /// What an optional holds, for `[?value]` and `{?key: value}`.
    func unwrapped() throws(Fault) -> Value? {
        guard case .optional(let value) = self else { throw .noOverload("'?'", self) }
        return value
    }
}
