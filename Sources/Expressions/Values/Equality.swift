import JSON

extension Value {
    /// CEL's `==`: numbers by their value whatever their type, other types never equal one another.
    func equals(_ other: Value, in frame: inout Frame) throws(Fault) -> Bool {
        try frame.charge(1)
        switch (self, other) {
        case (.string(let l), .string(let r)):
            try frame.read(bytes: min(l.utf8.count, r.utf8.count))
            return l == r
        case (.int(let l), .int(let r)): return l == r
        case (.bool(let l), .bool(let r)): return l == r
        case (.null, .null), (.null, .missing), (.missing, .null): return true
        case (.int, _), (.uint, _), (.double, _): return numericOrder(self, other) == .equal
        case (.bytes(let l), .bytes(let r)):
            try frame.read(bytes: min(l.count, r.count))
            return l == r
        case (.list(let l), .list(let r)): return try Self.equal(l, r, in: &frame)
        case (.map(let l), .map(let r)): return try Self.equal(l, r, in: &frame)
        case (.type(let l), .type(let r)): return l == r
        case (.timestamp(let l), .timestamp(let r)): return l == r
        case (.duration(let l), .duration(let r)): return l == r
        case (.address(let l), .address(let r)): return l == r
        case (.network(let l), .network(let r)): return l == r
        case (.optional(nil), .optional(nil)): return true
        case (.optional(let l?), .optional(let r?)): return try l.equals(r, in: &frame)
        default: return false
        }
    }

    private static func equal(_ left: ListValue, _ right: ListValue, in frame: inout Frame) throws(Fault) -> Bool {
        if case .json(let l) = left, case .json(let r) = right {
            try frame.read(bytes: min(l.bytes.count, r.bytes.count))
            return l == r
        }
        let (l, r) = (try left.elements(in: &frame), try right.elements(in: &frame))
        guard l.count == r.count else { return false }
        for (a, b) in zip(l, r) {
            guard try a.equals(b, in: &frame) else { return false }
        }
        return true
    }

    private static func equal(_ left: MapValue, _ right: MapValue, in frame: inout Frame) throws(Fault) -> Bool {
        if case .json(let l) = left, case .json(let r) = right {
            try frame.read(bytes: min(l.bytes.count, r.bytes.count))
            return l == r
        }
        try frame.build(values: 2 * (left.count + right.count))
        let (l, r) = (left.entries, right.entries)
        guard l.keys.count == r.keys.count else { return false }
        for (key, value) in zip(l.keys, l.values) {
            guard let key = MapKey(key), let other = r[key], try value.equals(other, in: &frame) else { return false }
        }
        return true
    }
}

extension MapValue {
    /// The entries in a form that finds each key at once.
    fileprivate var entries: MapEntries {
        switch self {
        case .entries(let entries): return entries
        case .json(let json):
            var entries = MapEntries()
            for member in json.members {
                let key = Text(member.key)
                _ = entries.add(.string(key), named: .string(key), Value(member.value))
            }
            return entries
        }
    }
}
