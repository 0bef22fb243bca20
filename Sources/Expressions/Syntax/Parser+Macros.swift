extension Parser {
    /// A call, or the macro that its name and number of arguments say it is.
    func call(
        _ name: String, receiver: Node?, arguments: [Node], start: Int, nameToken: Int
    ) throws(ExpressionError) -> Node {
        if let receiver, case .name("cel", _) = receiver.kind,
            let node = try celMacro(name, arguments: arguments, start: start, nameToken: nameToken)
        {
            return node
        }
        if receiver == nil, name == "has" { return try has(arguments, start: start, nameToken: nameToken) }
        if let receiver,
            let comprehension = try comprehension(name, range: receiver, arguments: arguments, nameToken: nameToken)
        {
            return try node(.comprehension(comprehension), from: start, over: [receiver] + arguments)
        }
        let children = (receiver.map { [$0] } ?? []) + arguments
        return try node(.call(name, receiver: receiver, arguments: arguments), from: start, over: children)
    }

    private func has(_ arguments: [Node], start: Int, nameToken: Int) throws(ExpressionError) -> Node {
        guard arguments.count == 1, case .select(let operand, let field, let isOptional) = arguments[0].kind else {
            throw error("has() asks for a field", expected: "has(value.field)", at: nameToken)
        }
        return try node(.has(operand, field: field, isOptional: isOptional), from: start, over: [operand])
    }

    private func comprehension(
        _ name: String, range: Node, arguments: [Node], nameToken: Int
    ) throws(ExpressionError) -> Comprehension? {
        func make(
            _ kind: Comprehension.Kind, names: Int, hasCondition: Bool = false
        ) throws(ExpressionError) -> Comprehension {
            var visited: [String] = []
            for argument in arguments.prefix(names) {
                guard case .name(let name, false) = argument.kind, !visited.contains(name) else {
                    throw error(
                        "\(name)() names what it visits", expected: "a new name", at: argument.tokens.lowerBound)
                }
                visited.append(name)
            }
            return Comprehension(
                kind: kind, range: range, names: visited, condition: hasCondition ? arguments[names] : nil,
                result: arguments[arguments.count - 1])
        }
        switch (name, arguments.count) {
        case ("all", 2), ("all", 3): return try make(.all, names: arguments.count - 1)
        case ("exists", 2), ("exists", 3): return try make(.exists, names: arguments.count - 1)
        case ("exists_one", 2), ("existsOne", 2), ("existsOne", 3), ("exists_one", 3):
            return try make(.existsOne, names: arguments.count - 1)
        case ("map", 2): return try make(.list, names: 1)
        case ("map", 3): return try make(.list, names: 1, hasCondition: true)
        case ("filter", 2):
            var filter = try make(.list, names: 1)
            filter.condition = arguments[1]
            filter.result = arguments[0]
            return filter
        case ("transformList", 3): return try make(.list, names: 2)
        case ("transformList", 4): return try make(.list, names: 2, hasCondition: true)
        case ("transformMap", 3): return try make(.map, names: 2)
        case ("transformMap", 4): return try make(.map, names: 2, hasCondition: true)
        case ("transformMapEntry", 3): return try make(.mapEntries, names: 2)
        case ("transformMapEntry", 4): return try make(.mapEntries, names: 2, hasCondition: true)
        case ("optMap", 2): return try make(.optionalMap, names: 1)
        case ("optFlatMap", 2): return try make(.optionalFlatMap, names: 1)
        default: return nil
        }
    }

    // MARK: cel.bind, cel.block

    private func celMacro(
        _ name: String, arguments: [Node], start: Int, nameToken: Int
    ) throws(ExpressionError) -> Node? {
        switch (name, arguments.count) {
        case ("bind", 3):
            guard case .name(let bound, false) = arguments[0].kind else {
                throw error("cel.bind() gives a value a name", expected: "cel.bind(name, value, result)", at: nameToken)
            }
            let binding = Node.Binding(name: bound, value: arguments[1])
            return try node(.bind([binding], result: arguments[2]), from: start, over: Array(arguments.dropFirst()))
        case ("block", 2):
            guard case .list(let elements) = arguments[0].kind else {
                throw error("cel.block() takes a list of values", expected: "cel.block([…], result)", at: nameToken)
            }
            let bindings = elements.enumerated().map { Node.Binding(name: "@index:\($0)", value: $1.value) }
            return try node(.bind(bindings, result: arguments[1]), from: start, over: arguments)
        case ("index", 1):
            return try node(.name("@index:\(try integer(arguments[0]))", isAbsolute: false), from: start)
        case ("iterVar", 2), ("accuVar", 2):
            let (depth, index) = (try integer(arguments[0]), try integer(arguments[1]))
            return try node(.name("@\(name):\(depth):\(index)", isAbsolute: false), from: start)
        default: return nil
        }
    }

    private func integer(_ node: Node) throws(ExpressionError) -> UInt64 {
        guard case .literal(let index, negated: false) = node.kind, case .integer(let value) = literals[index] else {
            throw error("a number is needed here", expected: "0, 1, 2 …", at: node.tokens.lowerBound)
        }
        return value
    }
}
