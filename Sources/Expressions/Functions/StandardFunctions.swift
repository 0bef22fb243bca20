extension Function {
    /// Named after the type they make.
    static let conversions = [
        Function("int", 1) { arguments, _ throws(Fault) in try arguments[0].toInt() },
        Function("uint", 1) { arguments, _ throws(Fault) in try arguments[0].toUInt() },
        Function("double", 1) { arguments, _ throws(Fault) in try arguments[0].toDouble() },
        Function("bool", 1) { arguments, _ throws(Fault) in try arguments[0].toBool() },
        Function("bytes", 1) { arguments, _ throws(Fault) in try arguments[0].toBytes() },
        Function("timestamp", 1) { arguments, _ throws(Fault) in try arguments[0].toTimestamp() },
        Function("duration", 1) { arguments, frame throws(Fault) in
            try arguments[0].toDuration(allowsDays: frame.isDialect)
        },
        Function("string", 1) { arguments, frame throws(Fault) in
            if case .string = arguments[0] { return arguments[0] }
            if case .bytes(let bytes) = arguments[0] { try frame.build(bytes: bytes.count) }
            return .string(try arguments[0].text())
        },
        Function("type", 1) { arguments, _ throws(Fault) in .type(arguments[0].typeName) },
        Function("dyn", 1) { arguments, _ throws(Fault) in arguments[0] },
    ]

    static let globals = [
        size,
        Function("matches", 2, matches),
    ]

    static let size = Function("size", 1) { arguments, frame throws(Fault) in
        switch arguments[0] {
        case .string(let text):
            try frame.read(bytes: text.utf8.count)
            return .int(Int64(text.count))
        case .bytes(let bytes): return .int(Int64(bytes.count))
        case .list(let list):
            try frame.read(bytes: list.cost)
            return .int(Int64(list.count))
        case .map(let map):
            try frame.read(bytes: map.cost)
            return .int(Int64(map.count))
        default: throw .noOverload("size()", arguments)
        }
    }

    /// With a pattern that is not a literal; those that are were made ready when the expression was compiled.
    static let matches: Body = { arguments, frame throws(Fault) in
        guard case .string(let text) = arguments[0], case .string(let pattern) = arguments[1] else {
            throw .noOverload("matches()", arguments)
        }
        try frame.charge(10 * pattern.utf8.count)
        let ready = try Pattern(pattern)
        try frame.charge(ready.size)
        return .bool(try ready.isFound(in: text, frame: &frame))
    }

    /// Called on strings, without making new ones.
    static let texts = [
        size,
        Function("matches", 2, matches),
        test("contains") { $0.contains($1) },
        test("startsWith") { $0.hasPrefix($1) },
        test("endsWith") { $0.hasSuffix($1) },
    ]

    private static func test(_ name: String, _ holds: @escaping @Sendable (Text, Text) -> Bool) -> Function {
        Function(name, 2) { arguments, frame throws(Fault) in
            guard case .string(let text) = arguments[0], case .string(let other) = arguments[1] else {
                throw .noOverload("\(name)()", arguments)
            }
            try frame.read(bytes: text.utf8.count + other.utf8.count)
            return .bool(holds(text, other))
        }
    }
}
