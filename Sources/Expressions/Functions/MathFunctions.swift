import Foundation

extension Function {
    /// CEL's math extension.
    static let math =
        [extreme("math.greatest", .greater), extreme("math.least", .less)]
        + [
            rounding("math.ceil") { $0.rounded(.up) },
            rounding("math.floor") { $0.rounded(.down) },
            rounding("math.round") { $0.rounded(.toNearestOrAwayFromZero) },
            rounding("math.trunc") { $0.rounded(.towardZero) },
            test("math.isNaN") { $0.isNaN },
            test("math.isInf") { $0.isInfinite },
            test("math.isFinite") { $0.isFinite },
            Function("math.abs", 1, absolute),
            Function("math.sign", 1, sign),
            Function("math.sqrt", 1) { arguments, _ throws(Fault) in
                guard let double = arguments[0].asDouble else { throw .noOverload("math.sqrt()", arguments) }
                return .double(double.squareRoot())
            },
            bits("math.bitAnd") { $0 & $1 },
            bits("math.bitOr") { $0 | $1 },
            bits("math.bitXor") { $0 ^ $1 },
            Function("math.bitNot", 1) { arguments, _ throws(Fault) in
                switch arguments[0] {
                case .int(let int): return .int(~int)
                case .uint(let uint): return .uint(~uint)
                default: throw .noOverload("math.bitNot()", arguments)
                }
            },
            shift("math.bitShiftLeft") { $0 << $1 },
            shift("math.bitShiftRight") { $0 >> $1 },
        ]

    /// Of all arguments, or of the one list.
    private static func extreme(_ name: String, _ wanted: Order) -> Function {
        Function(name, 1...Int.max) { arguments, frame throws(Fault) in
            var values = arguments
            if values.count == 1, case .list(let list) = values[0] { values = try list.elements(in: &frame) }
            guard var best = values.first, best.asDouble != nil else { throw .noOverload("\(name)()", arguments) }
            for value in values.dropFirst() {
                guard value.asDouble != nil else { throw .noOverload("\(name)()", arguments) }
                try frame.charge(1)
                if numericOrder(value, best) == wanted { best = value }
            }
            return best
        }
    }

    private static func rounding(_ name: String, _ round: @escaping @Sendable (Double) -> Double) -> Function {
        Function(name, 1) { arguments, _ throws(Fault) in
            guard case .double(let double) = arguments[0] else { throw .noOverload("\(name)()", arguments) }
            return .double(round(double))
        }
    }

    private static func test(_ name: String, _ holds: @escaping @Sendable (Double) -> Bool) -> Function {
        Function(name, 1) { arguments, _ throws(Fault) in
            guard case .double(let double) = arguments[0] else { throw .noOverload("\(name)()", arguments) }
            return .bool(holds(double))
        }
    }

    private static let absolute: Body = { arguments, _ throws(Fault) in
        switch arguments[0] {
        case .int(let int):
            guard int != .min else { throw Fault("a result beyond 64 bits") }
            return .int(abs(int))
        case .uint: return arguments[0]
        case .double(let double): return .double(abs(double))
        default: throw .noOverload("math.abs()", arguments)
        }
    }

    private static let sign: Body = { arguments, _ throws(Fault) in
        switch arguments[0] {
        case .int(let int): return .int(int.signum())
        case .uint(let uint): return .uint(uint == 0 ? 0 : 1)
        case .double(let double): return .double(double > 0 ? 1 : double < 0 ? -1 : double)
        default: throw .noOverload("math.sign()", arguments)
        }
    }

    private static func bits(_ name: String, _ combine: @escaping @Sendable (UInt64, UInt64) -> UInt64) -> Function {
        Function(name, 2) { arguments, _ throws(Fault) in
            switch (arguments[0], arguments[1]) {
            case (.int(let l), .int(let r)):
                return .int(Int64(bitPattern: combine(UInt64(bitPattern: l), UInt64(bitPattern: r))))
            case (.uint(let l), .uint(let r)): return .uint(combine(l, r))
            default: throw .noOverload("\(name)()", arguments)
            }
        }
    }

    /// On the bits as they are: shifting a negative number right brings in zeros.
    private static func shift(_ name: String, _ shift: @escaping @Sendable (UInt64, Int64) -> UInt64) -> Function {
        Function(name, 2) { arguments, _ throws(Fault) in
            guard case .int(let count) = arguments[1] else { throw .noOverload("\(name)()", arguments) }
            guard count >= 0 else { throw Fault("\(name)() by a negative number") }
            switch arguments[0] {
            case .int(let int): return .int(Int64(bitPattern: shift(UInt64(bitPattern: int), count)))
            case .uint(let uint): return .uint(shift(uint, count))
            default: throw .noOverload("\(name)()", arguments)
            }
        }
    }
}
