enum Order {
    case less, equal, greater

    init<Element: Comparable>(_ left: Element, _ right: Element) {
        self = left < right ? .less : left == right ? .equal : .greater
    }
}

/// How two numbers compare by value, whatever their types; `nil` for NaN and for what is no number.
func numericOrder(_ left: Value, _ right: Value) -> Order? {
    switch (left, right) {
    case (.int(let l), .int(let r)): return Order(l, r)
    case (.uint(let l), .uint(let r)): return Order(l, r)
    case (.double(let l), .double(let r)): return l.isNaN || r.isNaN ? nil : Order(l, r)
    case (.int(let l), .uint(let r)): return l < 0 ? .less : Order(UInt64(l), r)
    case (.uint(let l), .int(let r)): return r < 0 ? .greater : Order(l, UInt64(r))
    case (.int(let l), .double(let r)): return order(l, r)
    case (.double(let l), .int(let r)): return order(r, l)?.reversed
    case (.uint(let l), .double(let r)): return order(l, r)
    case (.double(let l), .uint(let r)): return order(r, l)?.reversed
    default: return nil
    }
}

/// As doubles, which is what the conformance cases ask for at the far end of the integers.
private func order<Integer: FixedWidthInteger>(_ left: Integer, _ right: Double) -> Order? {
    right.isNaN ? nil : Order(Double(left), right)
}

extension Order {
    fileprivate var reversed: Order {
        switch self {
        case .less: .greater
        case .equal: .equal
        case .greater: .less
        }
    }
}

extension Value {
    /// How two values of ordered types compare. `nil`: not at all.
    func order(_ other: Value, in frame: inout Frame) throws(Fault) -> Order?? {
        switch (self, other) {
        case (.int, .int), (.int, .uint), (.int, .double), (.uint, .int), (.uint, .uint), (.uint, .double),
            (.double, .int), (.double, .uint), (.double, .double):
            return .some(numericOrder(self, other))
        case (.string(let l), .string(let r)):
            try frame.read(bytes: min(l.utf8.count, r.utf8.count))
            return l == r ? .equal : l < r ? .less : .greater
        case (.bytes(let l), .bytes(let r)):
            try frame.read(bytes: min(l.count, r.count))
            return l == r ? .equal : l.lexicographicallyPrecedes(r) ? .less : .greater
        case (.bool(let l), .bool(let r)): return l == r ? .equal : r ? .less : .greater
        case (.timestamp(let l), .timestamp(let r)): return Order(l, r)
        case (.duration(let l), .duration(let r)): return Order(l, r)
        default: return .none
        }
    }
}
