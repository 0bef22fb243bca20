import JSON

/// How the requirement of an expression is found once the first event is known. Made when the shape is compiled.
indirect enum RequirementPlan: Sendable {
    /// May be true whatever the incoming event says.
    case unindexable
    /// Does not look at the incoming event.
    case fixed(Condition)
    /// `async.path == value`
    case equality(path: [String], Evaluate)
    /// `async.path in values`
    case membership(path: [String], Evaluate)
    case every([RequirementPlan])
    case some([RequirementPlan])

    static func make(_ node: Node, _ compiler: inout Compiler) throws(ExpressionError) -> RequirementPlan {
        if !compiler.dependsOnLater(node) { return .fixed(try compiler.condition(node)) }
        switch node.kind {
        case .every(let operands): return .every(try make(operands, &compiler))
        case .some(let operands): return .some(try make(operands, &compiler))
        case .conditional(let condition, let yes, let no):
            return .some([.every(try make([condition, yes], &compiler)), try make(no, &compiler)])
        case .binary(.equal, let left, let right):
            for (field, value) in [(left, right), (right, left)] {
                if let path = compiler.asyncPath(field), !compiler.dependsOnLater(value) {
                    return .equality(path: path, try compiler.evaluate(value))
                }
            }
            return .unindexable
        case .binary(.in, let left, let right):
            guard let path = compiler.asyncPath(left), !compiler.dependsOnLater(right) else { return .unindexable }
            return .membership(path: path, try compiler.evaluate(right))
        default: return .unindexable
        }
    }

    private static func make(
        _ nodes: [Node], _ compiler: inout Compiler
    ) throws(ExpressionError) -> [RequirementPlan] {
        var plans: [RequirementPlan] = []
        for node in nodes { plans.append(try make(node, &compiler)) }
        return plans
    }

    /// The alternatives, or `nil` where there is nothing to look up. What fails can't become true.
    func keys(in frame: inout Frame) -> [IndexKey]? {
        switch self {
        case .unindexable: return nil
        case .fixed(let condition): return (try? condition(&frame)) == true ? nil : []
        case .equality(let path, let value):
            guard let value = try? value(&frame) else { return [] }
            return value.indexable.map { [IndexKey(path: path, value: $0)] }
        case .membership(let path, let values):
            guard let values = try? values(&frame) else { return [] }
            return members(of: values, path: path, in: &frame)
        case .every(let plans):
            // One of them is enough; the one with the fewest alternatives finds the fewest candidates.
            let found = plans.compactMap { $0.keys(in: &frame) }
            return found.min { $0.count < $1.count }
        case .some(let plans):
            var union: [IndexKey] = []
            for plan in plans {
                guard let keys = plan.keys(in: &frame) else { return nil }
                for key in keys where !union.contains(key) { union.append(key) }
                if union.count > Limits.requirementKeys { return nil }
            }
            return union
        }
    }

    private func members(of value: Value, path: [String], in frame: inout Frame) -> [IndexKey]? {
        let elements: [Value]
        switch value {
        case .list(let list):
            guard list.count <= Limits.requirementKeys else { return nil }
            elements = (try? list.elements(in: &frame)) ?? []
        case .map(let map):
            guard map.count <= Limits.requirementKeys else { return nil }
            elements = ((try? map.pairs(in: &frame)) ?? []).map(\.key)
        default: return []
        }
        var keys: [IndexKey] = []
        for element in elements {
            guard let value = element.indexable else { return nil }
            let key = IndexKey(path: path, value: value)
            if !keys.contains(key) { keys.append(key) }
        }
        return keys
    }
}

extension Value {
    /// The value as a part of a key, if it is of a kind that can be one.
    fileprivate var indexable: JSON? {
        switch self {
        case .missing, .null: return JSON.null
        case .bool(let bool): return JSON.bool(bool)
        case .int(let int): return JSON.int(int)
        case .uint(let uint): return JSON.int(uint)
        case .double(let double) where double.isFinite: return JSON.double(double)
        case .string(let text): return JSON.string(text.string)
        default: return nil
        }
    }
}

extension Compiler {
    /// The fields below `async`, if the node is such a path.
    func asyncPath(_ node: Node) -> [String]? {
        guard let chain = node.chain({ pinned[$0] }), case .variable(.async, let fields) = resolve(chain) else {
            return nil
        }
        return fields
    }

    /// Whether the value of a node can change after the first event: it looks at `async`, other variables or the clock.
    mutating func dependsOnLater(_ node: Node) -> Bool {
        if let chain = node.chain({ pinned[$0] }) {
            switch resolve(chain) {
            case .variable(.event, _), .type, .local: return false
            case .variable, .unknown: return true
            }
        }
        if case .call(let name, nil, _) = node.kind, name == "now" || name == "now_plus" || name == "now_minus" {
            return true
        }
        let outer = bound.count
        defer { bound.removeSubrange(outer...) }
        for name in node.boundNames { bound.append((name, 0)) }
        for child in node.children where dependsOnLater(child) { return true }
        return false
    }
}
