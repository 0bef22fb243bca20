extension Compiler {
    mutating func select(
        _ value: Node, field: String, isOptional: Bool, token: Int
    ) throws(ExpressionError) -> Evaluate {
        let (value, selector) = (try evaluate(value), FieldSelector(field, isOptional: isOptional))
        return { frame throws(Fault) in
            let value = try value(&frame)
            do throws(Fault) { return try selector.select(from: value, in: &frame) } catch { throw error.at(token) }
        }
    }

    mutating func has(_ value: Node, field: String, token: Int) throws(ExpressionError) -> Condition {
        let (value, selector) = (try evaluate(value), FieldSelector(field, isOptional: false))
        return { frame throws(Fault) in
            let value = try value(&frame)
            do throws(Fault) { return try selector.isPresent(in: value, &frame) } catch { throw error.at(token) }
        }
    }

    mutating func index(
        _ value: Node, _ key: Node, isOptional: Bool, token: Int
    ) throws(ExpressionError) -> Evaluate {
        let (value, key) = (try evaluate(value), try evaluate(key))
        return { frame throws(Fault) in
            let (value, key) = (try value(&frame), try key(&frame))
            do throws(Fault) {
                return try value.element(key, isOptional: isOptional, in: &frame)
            } catch {
                throw error.at(token)
            }
        }
    }
}

extension Value {
    fileprivate func element(_ key: Value, isOptional: Bool, in frame: inout Frame) throws(Fault) -> Value {
        switch self {
        case .optional(nil): return self
        case .optional(let inner?): return .optional(try inner.find(key, in: &frame))
        case .missing, .null:
            guard frame.isDialect else { throw .noOverload("an index", self) }
            return isOptional ? .optional(nil) : .missing
        default:
            let found = try find(key, in: &frame)
            if isOptional { return .optional(found) }
            if let found { return found }
            if frame.isDialect { return .missing }
            throw Fault("there is no element \((try? key.text()).map { String($0.prefix(60)) } ?? "of that key")")
        }
    }

    private func find(_ key: Value, in frame: inout Frame) throws(Fault) -> Value? {
        switch self {
        case .list(let list):
            switch key {
            case .int, .uint, .double:
                guard let index = key.asInt else { return nil }
                if case .json(let json) = list { try frame.read(bytes: json.bytes.count) }
                return Int(exactly: index).flatMap { list[$0] }
            default: throw .noOverload("an index", self, key)
            }
        case .map(let map):
            if case .json(let json) = map { try frame.read(bytes: json.bytes.count) }
            return MapKey(lookingFor: key).flatMap { map[$0] }
        default: throw .noOverload("an index", self, key)
        }
    }
}
