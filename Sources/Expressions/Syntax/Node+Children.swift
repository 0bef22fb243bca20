extension Node {
    var children: [Node] {
        switch kind {
        case .null, .bool, .literal, .name: []
        case .select(let value, _, _), .has(let value, _, _), .negate(let value), .not(let value): [value]
        case .index(let value, let key, _): [value, key]
        case .call(_, let receiver, let arguments): (receiver.map { [$0] } ?? []) + arguments
        case .binary(_, let left, let right): [left, right]
        case .every(let operands), .some(let operands): operands
        case .conditional(let condition, let yes, let no): [condition, yes, no]
        case .list(let elements): elements.map(\.value)
        case .map(let entries): entries.flatMap { [$0.key, $0.value] }
        case .comprehension(let macro): [macro.range] + (macro.condition.map { [$0] } ?? []) + [macro.result]
        case .bind(let bindings, let result): bindings.map(\.value) + [result]
        }
    }

    var callsFunctions: Bool {
        switch kind {
        case .call, .has, .comprehension, .bind: true
        default: children.contains(where: \.callsFunctions)
        }
    }

    /// Names that a macro binds for its children.
    var boundNames: [String] {
        switch kind {
        case .comprehension(let macro): macro.names
        case .bind(let bindings, _): bindings.map(\.name)
        default: []
        }
    }
}
