import JSON

/// A map: built by an expression, or an object of the stored JSON.
enum MapValue: Sendable {
    case entries(MapEntries)
    case json(JSON)

    var count: Int {
        switch self {
        case .entries(let entries): entries.keys.count
        case .json(let json): json.members.reduce(0) { count, _ in count + 1 }
        }
    }

    subscript(key: MapKey) -> Value? {
        switch self {
        case .entries(let entries): return entries[key]
        case .json(let json):
            guard case .string(let text) = key else { return nil }
            return json[text.string].map(Value.init)
        }
    }

    func value(field: JSONPath, text: Text) -> Value? {
        switch self {
        case .entries(let entries): entries[.string(text)]
        case .json(let json): json[field].map(Value.init)
        }
    }

    /// Keys and values in order: as written, or canonical.
    func pairs(in frame: inout Frame) throws(Fault) -> [(key: Value, value: Value)] {
        try frame.read(bytes: cost)
        try frame.build(values: 2 * count)
        switch self {
        case .entries(let entries): return zip(entries.keys, entries.values).map { ($0, $1) }
        case .json(let json): return json.members.map { (.string($0.key), Value($0.value)) }
        }
    }

    /// What reading all of it costs, in bytes.
    var cost: Int {
        switch self {
        case .entries(let entries): entries.keys.count * 2 * MemoryLayout<Value>.stride
        case .json(let json): json.bytes.count
        }
    }
}

/// The entries of a map that an expression built.
struct MapEntries: Sendable {
    private(set) var keys: [Value] = []
    private(set) var values: [Value] = []
    private var places: [MapKey: Int] = [:]

    subscript(key: MapKey) -> Value? { places[key].map { values[$0] } }

    /// Adds an entry. Returns false where the key is there already.
    mutating func add(_ key: MapKey, named name: Value, _ value: Value) -> Bool {
        guard places[key] == nil else { return false }
        places[key] = keys.count
        keys.append(name)
        values.append(value)
        return true
    }
}

/// What can be a key. `1`, `1u` and `1.0` are one.
enum MapKey: Hashable, Sendable {
    case bool(Bool)
    case int(Int64)
    /// Beyond the largest `int`.
    case uint(UInt64)
    case string(Text)

    /// The key that a value looks for, if it can be one.
    init?(lookingFor value: Value) {
        if case .double(let double) = value {
            if let int = Int64(exactly: double) {
                self = .int(int)
            } else if let uint = UInt64(exactly: double) {
                self = .uint(uint)
            } else {
                return nil
            }
            return
        }
        self.init(value)
    }

    /// The key that a value makes in a map literal, where doubles are no keys.
    init?(_ value: Value) {
        switch value {
        case .bool(let bool): self = .bool(bool)
        case .int(let int): self = .int(int)
        case .uint(let uint): self = Int64(exactly: uint).map(MapKey.int) ?? .uint(uint)
        case .string(let text): self = .string(text)
        default: return nil
        }
    }
}
