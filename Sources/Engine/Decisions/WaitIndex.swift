import Expressions
import JSON
import Wire

extension Wait.IndexKey {
    /// Values longer than this are stored as their hash. Who is found by it is evaluated in full.
    private static let longestValue = 128

    /// The keys under which a wait is stored, so that an event finds it by lookup. None at all where no event can end
    /// it: only its time ends it.
    static func keys(of expression: Expression, trigger: JSON?) -> [Wait.IndexKey] {
        switch expression.requirements(event: trigger) {
        case .unindexable: [.any]
        case .anyOf(let keys): keys.map(Wait.IndexKey.init)
        }
    }

    /// The key under which an event looks for waits on a stored path, if it has one there.
    init?(of event: JSON, path: String) {
        if path == Self.any.path {
            self = .any
        } else if let key = Expressions.IndexKey(path: JSON(canonical: Array(path.utf8)), in: event) {
            self.init(key)
        } else {
            return nil
        }
    }

    private init(_ key: Expressions.IndexKey) {
        let text = key.value.text
        self.init(path: key.path.text, value: text.utf8.count <= Self.longestValue ? text : "sha1:" + StepID(text).hash)
    }
}
