import JSON

/// What an incoming event must have for an expression to be true: the way to find, among many waits, those that an
/// event may end. Whoever is found this way is evaluated in full afterwards.
package enum Requirement: Hashable, Sendable {
    /// Nothing that can be looked up: evaluate it for every event.
    case unindexable
    /// At least one of these holds. None at all: it can't become true.
    case anyOf([IndexKey])
}

/// A field of the incoming event and the value it must have. Keys are equal when their texts are, byte by byte.
package struct IndexKey: Hashable, Sendable, CustomStringConvertible {
    /// Object keys below `async` as a JSON array, such as `["data","id"]`.
    package let path: JSON
    /// A string, number, boolean or `null`. Canonical: `1` and `1.0` are the same.
    package let value: JSON

    init(path: [String], value: JSON) {
        self.path = .array(path.map(JSON.string))
        self.value = value
    }

    /// The key under which an incoming event looks for waits on this path, if it has one there.
    package init?(path: JSON, in event: JSON) {
        guard let value = IndexPath(path).value(in: event) else { return nil }
        self.path = path
        self.value = value
    }

    /// The key as text that can be stored and compared: canonical JSON, `[["data","id"],"value"]`.
    package var text: String { JSON.array([path, value]).text }

    package var description: String {
        "async.\(path.elements.compactMap(\.string).joined(separator: ".")) == \(value)"
    }
}

/// The path of a key, made ready for many events.
package struct IndexPath: Sendable {
    private let fields: JSONPath

    /// - Parameter path: as ``IndexKey/path``.
    package init(_ path: JSON) {
        fields = JSONPath(path.elements.compactMap(\.string))
    }

    /// The value under which an incoming event looks for waits on this path. `nil`: the field is an object or array,
    /// which no key has. A field that is not there is `null`.
    package func value(in event: JSON) -> JSON? {
        let value = event[fields] ?? .null
        return value.kind == .object || value.kind == .array ? nil : value
    }
}
