extension Compiler {
    mutating func call(
        _ name: String, receiver: Node?, arguments: [Node], node: Node
    ) throws(ExpressionError) -> Evaluate {
        let token = nameToken(of: node, receiver: receiver)
        if let receiver, let function = namespaced(name, receiver) {
            return try call(function, arguments, token: token)
        }
        let all = (receiver.map { [$0] } ?? []) + arguments
        guard let function = receiver == nil ? functions.global(name) : functions.member(name) else {
            return try unknownFunction(name, all, isMember: receiver != nil, token: token)
        }
        if name == "matches", all.count == 2, case .literal(let index, _) = all[1].kind {
            literals.patterns[index] = all[1].tokens.lowerBound
            return try match(all[0], pattern: index, all[1], token: token)
        }
        return try call(function, all, token: token)
    }

    private func nameToken(of node: Node, receiver: Node?) -> Int {
        guard let receiver else { return node.tokens.lowerBound }
        return min(receiver.tokens.upperBound + 2, node.tokens.upperBound)
    }

    /// `math.abs(…)`: a function whose name has dots, where what stands before the last one is no variable.
    private func namespaced(_ name: String, _ receiver: Node) -> Function? {
        guard let chain = receiver.chain({ _ in nil }) else { return nil }
        switch resolve(chain) {
        case .local, .variable: return nil
        case .type, .unknown: return functions.global(([chain.name] + chain.fields + [name]).joined(separator: "."))
        }
    }

    private mutating func call(
        _ function: Function, _ arguments: [Node], token: Int
    ) throws(ExpressionError) -> Evaluate {
        guard function.arity.contains(arguments.count) else {
            return try wrongCount(function, arguments.count, token: token)
        }
        var parts: [Evaluate] = []
        for argument in arguments { parts.append(try evaluate(argument)) }
        let (ready, body) = (parts, function.body)
        return { frame throws(Fault) in
            try frame.charge(1)
            var values: [Value] = []
            values.reserveCapacity(ready.count)
            for part in ready { values.append(try part(&frame)) }
            do throws(Fault) {
                return try body(values, &frame)
            } catch {
                // In the dialect, what is done with nothing gives nothing.
                if error.kind == .noOverload, frame.isDialect, values.contains(where: \.isNothing) { return .missing }
                throw error.at(token)
            }
        }
    }

    private mutating func match(
        _ text: Node, pattern: Int, _ patternNode: Node, token: Int
    ) throws(ExpressionError) -> Evaluate {
        let (text, constant) = (try evaluate(text), try evaluate(patternNode))
        return { frame throws(Fault) in
            let text = try text(&frame)
            guard case .string(let string) = text, let ready = frame.patterns[pattern] else {
                if text.isNothing, frame.isDialect { return .missing }
                throw Fault.noOverload("matches()", text, try constant(&frame)).at(token)
            }
            do throws(Fault) { return .bool(try ready.isFound(in: string, frame: &frame)) } catch {
                throw error.at(token)
            }
        }
    }

    private func wrongCount(_ function: Function, _ count: Int, token: Int) throws(ExpressionError) -> Evaluate {
        let reason = "\(function.name)() does not take \(count) arguments"
        guard isDialect else { return { _ throws(Fault) in throw Fault(reason, .noOverload).at(token) } }
        let (low, high) = (function.arity.lowerBound, function.arity.upperBound)
        throw error(reason, expected: low == high ? "\(low)" : "\(low) to \(high)", at: token)
    }

    /// Without a type checker, strict CEL finds unknown functions when it evaluates them.
    private mutating func unknownFunction(
        _ name: String, _ arguments: [Node], isMember: Bool, token: Int
    ) throws(ExpressionError) -> Evaluate {
        let reason = "there is no function '\(name)'"
        guard isDialect else {
            for argument in arguments { _ = try evaluate(argument) }
            return { _ throws(Fault) in throw Fault(reason).at(token) }
        }
        throw error(reason, expected: functions.nearest(to: name, isMember: isMember).map { "\($0)()" }, at: token)
    }
}
