extension Function {
    /// CEL's optionals.
    static let optionals = [
        Function("optional.none", 0) { _, _ throws(Fault) in .optional(nil) },
        Function("optional.of", 1) { arguments, _ throws(Fault) in .optional(arguments[0]) },
        Function("optional.ofNonZeroValue", 1) { arguments, _ throws(Fault) in
            .optional(arguments[0].isZero ? nil : arguments[0])
        },
    ]

    static let optionalMembers = [
        Function("hasValue", 1) { arguments, _ throws(Fault) in
            .bool(try arguments[0].inner("hasValue()") != nil)
        },
        Function("value", 1) { arguments, _ throws(Fault) in
            guard let value = try arguments[0].inner("value()") else { throw Fault("value() of an empty optional") }
            return value
        },
        Function("orValue", 2) { arguments, _ throws(Fault) in try arguments[0].inner("orValue()") ?? arguments[1] },
        Function("or", 2) { arguments, _ throws(Fault) in
            guard case .optional = arguments[1] else { throw .noOverload("or()", arguments) }
            return try arguments[0].inner("or()") != nil ? arguments[0] : arguments[1]
        },
    ]
}

extension Value {
    fileprivate func inner(_ operation: String) throws(Fault) -> Value? {
        guard case .optional(let value) = self else { throw .noOverload(operation, self) }
        return value
    }

    fileprivate var isZero: Bool {
        switch self {
        case .missing, .null: return true
        case .bool(let bool): return !bool
        case .int(let int): return int == 0
        case .uint(let uint): return uint == 0
        case .double(let double): return double == 0
        case .string(let text): return text.utf8.isEmpty
        case .bytes(let bytes): return bytes.isEmpty
        case .list(let list): return list.count == 0
        case .map(let map): return map.count == 0
        case .duration(let span): return span.nanoseconds == 0
        case .optional(let value): return value == nil
        case .type, .timestamp, .address, .network: return false
        }
    }
}
