import JSON

/// A list: built by an expression, or a part of the stored JSON.
enum ListValue: Sendable {
    case values([Value])
    case json(JSON)

    /// All elements. Those of stored JSON are found, but not decoded, and are paid for.
    func elements(in frame: inout Frame) throws(Fault) -> [Value] {
        switch self {
        case .values(let values): return values
        case .json(let json):
            try frame.read(bytes: json.bytes.count)
            try frame.build(values: count)
            return json.elements.map(Value.init)
        }
    }

    var count: Int {
        switch self {
        case .values(let values): values.count
        case .json(let json): json.elements.reduce(0) { count, _ in count + 1 }
        }
    }

    subscript(index: Int) -> Value? {
        guard index >= 0 else { return nil }
        switch self {
        case .values(let values): return index < values.count ? values[index] : nil
        case .json(let json): return json[index].map(Value.init)
        }
    }

    /// What reading all of it costs, in bytes.
    var cost: Int {
        switch self {
        case .values(let values): values.count * MemoryLayout<Value>.stride
        case .json(let json): json.bytes.count
        }
    }
}
