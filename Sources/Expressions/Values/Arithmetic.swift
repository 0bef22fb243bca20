/// `+ - * / %` and negation.
enum Arithmetic {
    static func apply(_ symbol: Symbol, _ left: Value, _ right: Value, in frame: inout Frame) throws(Fault) -> Value {
        switch (left, right) {
        case (.int(let l), .int(let r)): return .int(try checked(symbol, l, r))
        case (.uint(let l), .uint(let r)): return .uint(try checked(symbol, l, r))
        case (.double(let l), .double(let r)): return .double(try double(symbol, l, r))
        default: break
        }
        if let result = try other(symbol, left, right, in: &frame) { return result }
        if frame.isDialect, let result = try loose(symbol, left, right, in: &frame) { return result }
        throw .noOverload("'\(symbol.rawValue)'", left, right)
    }

    static func negate(_ value: Value, in frame: inout Frame) throws(Fault) -> Value {
        switch value {
        case .int(let int):
            guard int != .min else { throw overflow }
            return .int(-int)
        case .double(let double): return .double(-double)
        case .missing, .null:
            guard frame.isDialect else { throw .noOverload("'-'", value) }
            return .missing
        default: throw .noOverload("'-'", value)
        }
    }

    private static let overflow = Fault("a result beyond 64 bits")

    private static func checked<Integer: FixedWidthInteger>(
        _ symbol: Symbol, _ left: Integer, _ right: Integer
    ) throws(Fault) -> Integer {
        let result: (partialValue: Integer, overflow: Bool)
        switch symbol {
        case .plus: result = left.addingReportingOverflow(right)
        case .minus: result = left.subtractingReportingOverflow(right)
        case .times: result = left.multipliedReportingOverflow(by: right)
        default:
            guard right != 0 else { throw Fault("a division by zero") }
            result =
                symbol == .divide
                ? left.dividedReportingOverflow(by: right) : left.remainderReportingOverflow(dividingBy: right)
        }
        guard !result.overflow else { throw overflow }
        return result.partialValue
    }

    private static func double(_ symbol: Symbol, _ left: Double, _ right: Double) throws(Fault) -> Double {
        switch symbol {
        case .plus: return left + right
        case .minus: return left - right
        case .times: return left * right
        case .divide: return left / right
        default: throw .noOverload("'%'", .double(left), .double(right))
        }
    }

    /// Joining strings, bytes and lists; times and durations.
    private static func other(
        _ symbol: Symbol, _ left: Value, _ right: Value, in frame: inout Frame
    ) throws(Fault) -> Value? {
        switch (left, symbol, right) {
        case (.string(let l), .plus, .string(let r)):
            try frame.build(bytes: l.utf8.count + r.utf8.count)
            return .string(Text(utf8: l.utf8 + r.utf8))
        case (.bytes(let l), .plus, .bytes(let r)):
            try frame.build(bytes: l.count + r.count)
            return .bytes(l + r)
        case (.list(let l), .plus, .list(let r)):
            try frame.build(values: l.count + r.count)
            return .list(try l.elements(in: &frame) + r.elements(in: &frame))
        case (.timestamp(let l), .plus, .duration(let r)): return .timestamp(try l.adding(r))
        case (.duration(let l), .plus, .timestamp(let r)): return .timestamp(try r.adding(l))
        case (.duration(let l), .plus, .duration(let r)): return .duration(try l.adding(r))
        case (.timestamp(let l), .minus, .duration(let r)): return .timestamp(try l.adding(r.negated()))
        case (.timestamp(let l), .minus, .timestamp(let r)): return .duration(try l.since(r))
        case (.duration(let l), .minus, .duration(let r)): return .duration(try l.subtracting(r))
        default: return nil
        }
    }

    /// What the dialect adds: numbers of different types, text beside a number, and nothing at all.
    private static func loose(
        _ symbol: Symbol, _ left: Value, _ right: Value, in frame: inout Frame
    ) throws(Fault) -> Value? {
        if left.isNothing || right.isNothing {
            // Nothing adds nothing; any other sum with it is nothing.
            guard symbol == .plus else { return .missing }
            return left.isNothing ? right : left
        }
        if let l = left.asDouble, let r = right.asDouble {
            if case .double = left { return .double(try double(symbol, l, r)) }
            if case .double = right { return .double(try double(symbol, l, r)) }
            if let l = left.asInt, let r = right.asInt { return .int(try checked(symbol, l, r)) }
            return .double(try double(symbol, l, r))
        }
        guard symbol == .plus, left.isText || right.isText, let l = left.joinable, let r = right.joinable else {
            return nil
        }
        try frame.build(bytes: l.utf8.count + r.utf8.count)
        return .string(Text(utf8: l.utf8 + r.utf8))
    }
}

extension Value {
    var asDouble: Double? {
        switch self {
        case .int(let int): Double(int)
        case .uint(let uint): Double(uint)
        case .double(let double): double
        default: nil
        }
    }

    /// A whole number that fits.
    var asInt: Int64? {
        switch self {
        case .int(let int): int
        case .uint(let uint): Int64(exactly: uint)
        case .double(let double): Int64(exactly: double)
        default: nil
        }
    }

    fileprivate var isText: Bool {
        if case .string = self { return true }
        return false
    }

    /// What joins a text in the dialect.
    fileprivate var joinable: Text? {
        switch self {
        case .string(let text): text
        case .bool, .int, .uint, .double, .timestamp, .duration: (try? text()).map { Text($0) }
        default: nil
        }
    }
}
