import Expressions
import JSON
import Wire

/// Under which keys a wait is stored, so that an event finds it by lookup.
enum WaitIndex {
    static func keys(of expression: Expression, trigger: JSON?) -> [Wait.IndexKey] {
        switch expression.requirements(event: trigger) {
        case .unindexable: [.any]
        case .anyOf(let keys): Array(Set(keys.map { EventIndex.key(path: $0.path, value: $0.value) }))
        }
    }
}
