/// A part of an expression, as it was written, with macros recognised.
struct Node: Sendable {
    var kind: Kind
    /// The tokens it spans.
    var tokens: ClosedRange<Int>
    /// Levels of nodes, this one included.
    var depth: Int

    indirect enum Kind: Sendable {
        case null
        case bool(Bool)
        /// A literal by its place in the list of literals.
        case literal(Int, negated: Bool)
        /// `name`, or `.name`, which is looked for outside all scopes.
        case name(String, isAbsolute: Bool)
        case select(Node, field: String, isOptional: Bool)
        case has(Node, field: String, isOptional: Bool)
        case index(Node, Node, isOptional: Bool)
        case call(String, receiver: Node?, arguments: [Node])
        case negate(Node)
        case not(Node)
        case binary(Symbol, Node, Node)
        /// `a && b && c`
        case every([Node])
        /// `a || b || c`
        case some([Node])
        case conditional(Node, Node, Node)
        case list([Element])
        case map([Entry])
        case comprehension(Comprehension)
        /// Names for values, each visible to those after it, then the result.
        case bind([Binding], result: Node)
    }

    struct Element: Sendable {
        var value: Node
        /// `?value`: left out where the optional is empty.
        var isOptional: Bool
    }

    struct Entry: Sendable {
        var key: Node
        var value: Node
        var isOptional: Bool
    }

    struct Binding: Sendable {
        var name: String
        var value: Node
    }
}

/// A macro that visits the elements of a list or the keys of a map.
struct Comprehension: Sendable {
    enum Kind: Sendable {
        case all, exists, existsOne
        /// `map`, `filter`, `transformList`: `result` of the elements that `condition` lets through.
        case list
        /// `transformMap`
        case map
        /// `transformMapEntry`
        case mapEntries
        /// `optMap`, `optFlatMap`: the range is an optional.
        case optionalMap, optionalFlatMap
    }

    var kind: Kind
    var range: Node
    /// One name, for elements or keys; or two, for index or key, and value.
    var names: [String]
    var condition: Node?
    var result: Node
}
