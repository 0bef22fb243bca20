import JSON

/// A field that is asked for, made ready for maps of both kinds.
struct FieldSelector: Sendable {
    let name: String
    let text: Text
    let path: JSONPath
    let isOptional: Bool

    init(_ name: String, isOptional: Bool) {
        self.name = name
        self.isOptional = isOptional
        text = Text(name)
        path = JSONPath([name])
    }

    func select(from value: Value, in frame: inout Frame) throws(Fault) -> Value {
        switch value {
        case .map(let map):
            let found = try find(in: map, &frame)
            if isOptional { return .optional(found) }
            if let found { return found }
            if frame.isDialect { return .missing }
            throw Fault("there is no field '\(name)'")
        case .optional(nil): return value
        case .optional(let inner?):
            guard case .map(let map) = inner else { throw .noOverload("'.\(name)'", inner) }
            return .optional(try find(in: map, &frame))
        default:
            guard frame.isDialect else { throw .noOverload("'.\(name)'", value) }
            return isOptional ? .optional(nil) : .missing
        }
    }

    func isPresent(in value: Value, _ frame: inout Frame) throws(Fault) -> Bool {
        switch value {
        case .map(let map): return try find(in: map, &frame) != nil
        case .optional(let inner):
            guard let inner else { return false }
            return try isPresent(in: inner, &frame)
        default:
            guard frame.isDialect else { throw .noOverload("has()", value) }
            return false
        }
    }

    private func find(in map: MapValue, _ frame: inout Frame) throws(Fault) -> Value? {
        if case .json(let json) = map { try frame.read(bytes: json.bytes.count) }
        return map.value(field: path, text: text)
    }
}
