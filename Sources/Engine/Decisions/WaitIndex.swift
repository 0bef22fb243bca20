import Expressions
import JSON
import Wire

extension Wait.IndexKey {
    /// Values longer than this are stored as their hash. Who is found by it is evaluated in full.
    private static let longestValue = 128
    /// Waits on longer paths are not indexed: a row of an index has room for 2,700 bytes.
    private static let longestPath = 512

    /// The keys under which a wait is stored, so that an event finds it by lookup. None at all where no event can end
    /// it: only its time ends it.
    static func keys(of expression: Expression, trigger: JSON?) -> [Wait.IndexKey] {
        switch expression.requirements(event: trigger) {
        case .unindexable: [.any]
        case .anyOf(let keys):
            keys.allSatisfy { $0.path.text.utf8.count <= longestPath } ? keys.map(Wait.IndexKey.init) : [.any]
        }
    }

    private init(_ key: Expressions.IndexKey) {
        self.init(path: key.path.text, value: Self.stored(key.value))
    }

    fileprivate static func stored(_ value: JSON) -> String {
        value.bytes.count <= longestValue ? value.text : "sha1:" + StepID(value.text).hash
    }
}

/// A path under which waits are stored, made ready for many events.
struct WaitPath {
    private let stored: String
    /// Nil for the waits that any event may end.
    private let fields: IndexPath?

    init(_ stored: String) {
        self.stored = stored
        fields = stored == Wait.IndexKey.any.path ? nil : IndexPath(JSON(canonical: Array(stored.utf8)))
    }

    /// The key under which an event looks for waits on this path, if it has one there.
    func key(of event: JSON) -> Wait.IndexKey? {
        guard let fields else { return .any }
        return fields.value(in: event).map { Wait.IndexKey(path: stored, value: Wait.IndexKey.stored($0)) }
    }
}
