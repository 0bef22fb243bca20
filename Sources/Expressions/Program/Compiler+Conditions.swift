extension Compiler {
    func isCondition(_ node: Node) -> Bool {
        switch node.kind {
        case .bool, .not, .every, .some, .has: true
        case .binary(let symbol, _, _): ![.plus, .minus, .times, .divide, .modulo].contains(symbol)
        default: false
        }
    }

    mutating func condition(_ node: Node) throws(ExpressionError) -> Condition {
        switch node.kind {
        case .bool(let value): return { _ throws(Fault) in value }
        case .not(let operand):
            let operand = try condition(operand)
            return { frame throws(Fault) in try !operand(&frame) }
        case .every(let operands): return try chain(operands, endsAt: false)
        case .some(let operands): return try chain(operands, endsAt: true)
        case .has(let value, let field, _): return try has(value, field: field, token: node.tokens.upperBound - 1)
        case .binary(let symbol, let left, let right) where isCondition(node):
            return try comparison(symbol, left, right)
        default:
            let evaluate = try evaluate(node)
            let token = node.tokens.lowerBound
            return { frame throws(Fault) in
                let value = try evaluate(&frame)
                if case .bool(let bool) = value { return bool }
                guard frame.isDialect else { throw Fault.noOverload("a condition", value).at(token) }
                return value.isTruthy
            }
        }
    }

    /// `&&` and `||`: the first operand that decides the result does so, even where another one fails.
    private mutating func chain(_ operands: [Node], endsAt deciding: Bool) throws(ExpressionError) -> Condition {
        var parts: [Condition] = []
        for operand in operands { parts.append(try condition(operand)) }
        let ready = parts
        return { frame throws(Fault) in
            var failure: Fault?
            for part in ready {
                do throws(Fault) {
                    if try part(&frame) == deciding { return deciding }
                } catch {
                    if error.kind == .limit { throw error }
                    failure = failure ?? error
                }
            }
            if let failure { throw failure }
            return !deciding
        }
    }

    private mutating func comparison(
        _ symbol: Symbol, _ left: Node, _ right: Node
    ) throws(ExpressionError) -> Condition {
        let token = left.tokens.upperBound + 1
        let (left, right) = (try evaluate(left), try evaluate(right))
        switch symbol {
        case .equal:
            return { frame throws(Fault) in
                let (l, r) = (try left(&frame), try right(&frame))
                return try l.equals(r, in: &frame)
            }
        case .notEqual:
            return { frame throws(Fault) in
                let (l, r) = (try left(&frame), try right(&frame))
                return try !l.equals(r, in: &frame)
            }
        case .in:
            return { frame throws(Fault) in
                let (l, r) = (try left(&frame), try right(&frame))
                do throws(Fault) { return try l.isElement(of: r, in: &frame) } catch { throw error.at(token) }
            }
        default:
            return { frame throws(Fault) in
                let (l, r) = (try left(&frame), try right(&frame))
                try frame.charge(1)
                guard let order = try l.order(r, in: &frame) else {
                    if frame.isDialect { return false }
                    throw Fault.noOverload("'\(symbol.rawValue)'", l, r).at(token)
                }
                return symbol.holds(for: order)
            }
        }
    }
}

extension Symbol {
    /// NaN, which has no order, makes every comparison false.
    fileprivate func holds(for order: Order?) -> Bool {
        switch self {
        case .less: order == .less
        case .lessOrEqual: order == .less || order == .equal
        case .greater: order == .greater
        default: order == .greater || order == .equal
        }
    }
}

extension Value {
    /// What counts as true in the dialect: everything but `null`, `false`, 0, NaN and the empty string.
    var isTruthy: Bool {
        switch self {
        case .missing, .null: false
        case .bool(let bool): bool
        case .int(let int): int != 0
        case .uint(let uint): uint != 0
        case .double(let double): double != 0 && !double.isNaN
        case .string(let text): !text.utf8.isEmpty
        default: true
        }
    }

    fileprivate func isElement(of container: Value, in frame: inout Frame) throws(Fault) -> Bool {
        switch container {
        case .list(.values(let values)):
            for value in values where try equals(value, in: &frame) { return true }
            return false
        case .list(.json(let json)):
            try frame.read(bytes: json.bytes.count)
            for element in json.elements where try equals(Value(element), in: &frame) { return true }
            return false
        case .map(let map):
            if case .json(let json) = map { try frame.read(bytes: json.bytes.count) }
            return MapKey(lookingFor: self).map { map[$0] != nil } ?? false
        case .missing, .null:
            guard frame.isDialect else { throw .noOverload("'in'", self, container) }
            return false
        default: throw .noOverload("'in'", self, container)
        }
    }
}
