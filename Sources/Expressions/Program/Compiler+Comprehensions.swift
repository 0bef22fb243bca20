extension Compiler {
    mutating func bind(_ bindings: [Node.Binding], result: Node) throws(ExpressionError) -> Evaluate {
        let outer = bound.count
        defer { bound.removeSubrange(outer...) }
        var parts: [(place: Int, evaluate: Evaluate)] = []
        for binding in bindings {
            let evaluate = try evaluate(binding.value)
            parts.append((declare(binding.name), evaluate))
        }
        let (ready, result) = (parts, try evaluate(result))
        return { frame throws(Fault) in
            for part in ready {
                do throws(Fault) {
                    frame.locals[part.place] = .success(try part.evaluate(&frame))
                } catch {
                    if error.kind == .limit { throw error }
                    frame.locals[part.place] = .failure(error)
                }
            }
            return try result(&frame)
        }
    }

    private mutating func declare(_ name: String) -> Int {
        bound.append((name, localCount))
        localCount += 1
        return localCount - 1
    }

    mutating func comprehension(_ macro: Comprehension, node: Node) throws(ExpressionError) -> Evaluate {
        let range = try evaluate(macro.range)
        let outer = bound.count
        defer { bound.removeSubrange(outer...) }
        let places = macro.names.map { declare($0) }
        let cost = node.tokens.count
        let token = node.tokens.lowerBound
        switch macro.kind {
        case .optionalMap, .optionalFlatMap:
            return optional(range, place: places[0], try evaluate(macro.result), macro.kind)
        case .all, .exists, .existsOne:
            let loop = Loop(range: range, places: places, cost: cost, token: token)
            return quantifier(macro.kind, loop, try condition(macro.result))
        case .list, .map, .mapEntries:
            let condition: Condition? = if let node = macro.condition { try self.condition(node) } else { nil }
            let loop = Loop(range: range, places: places, cost: cost, token: token)
            let result = try evaluate(macro.result)
            return macro.kind == .list ? list(loop, condition, result) : map(loop, condition, result, macro.kind)
        }
    }

    private func quantifier(_ kind: Comprehension.Kind, _ loop: Loop, _ test: @escaping Condition) -> Evaluate {
        { frame throws(Fault) in
            var (count, failure, decided) = (0, Fault?.none, false)
            let isNothing = try loop.run(&frame) { frame throws(Fault) in
                do throws(Fault) {
                    if try test(&frame) != (kind == .all) { count += 1 }
                    if kind != .existsOne, count > 0 { decided = true }
                } catch {
                    if error.kind == .limit || kind == .existsOne { throw error }
                    failure = failure ?? error
                }
                return !decided
            }
            if isNothing { return .missing }
            if decided { return .bool(kind == .exists) }
            if let failure { throw failure }
            return .bool(kind == .all || (kind == .existsOne && count == 1))
        }
    }

    private func list(_ loop: Loop, _ condition: Condition?, _ result: @escaping Evaluate) -> Evaluate {
        { frame throws(Fault) in
            var values: [Value] = []
            let isNothing = try loop.run(&frame) { frame throws(Fault) in
                if let condition, try !condition(&frame) { return true }
                try frame.build(values: 1)
                values.append(try result(&frame))
                return true
            }
            return isNothing ? .missing : .list(values)
        }
    }

    private func map(
        _ loop: Loop, _ condition: Condition?, _ result: @escaping Evaluate, _ kind: Comprehension.Kind
    ) -> Evaluate {
        { frame throws(Fault) in
            var entries = MapEntries()
            let isNothing = try loop.run(&frame) { frame throws(Fault) in
                if let condition, try !condition(&frame) { return true }
                try frame.build(values: 3)
                let value = try result(&frame)
                if kind == .map {
                    try entries.insert(frame.locals[loop.places[0]].get(), value)
                } else {
                    guard case .map(let map) = value else { throw .noOverload("transformMapEntry()", value) }
                    for (key, value) in try map.pairs(in: &frame) { try entries.insert(key, value) }
                }
                return true
            }
            return isNothing ? .missing : .map(.entries(entries))
        }
    }

    private func optional(
        _ range: @escaping Evaluate, place: Int, _ result: @escaping Evaluate, _ kind: Comprehension.Kind
    ) -> Evaluate {
        { frame throws(Fault) in
            let value = try range(&frame)
            guard case .optional(let inner) = value else { throw .noOverload("optMap()", value) }
            guard let inner else { return .optional(nil) }
            frame.locals[place] = .success(inner)
            let mapped = try result(&frame)
            if kind == .optionalMap { return .optional(mapped) }
            guard case .optional = mapped else { throw .noOverload("optFlatMap()", mapped) }
            return mapped
        }
    }
}

extension MapEntries {
    fileprivate mutating func insert(_ name: Value, _ value: Value) throws(Fault) {
        guard let key = MapKey(name) else { throw Fault("a \(name.typeName.rawValue) can't be a key of a map") }
        guard add(key, named: name, value) else { throw Fault("the same key twice in a map") }
    }
}
