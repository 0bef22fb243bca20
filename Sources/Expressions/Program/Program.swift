/// A part of an expression, ready to be evaluated.
typealias Evaluate = @Sendable (inout Frame) throws(Fault) -> Value

/// A part that says yes or no. Comparisons and logic make no ``Value`` on the way.
typealias Condition = @Sendable (inout Frame) throws(Fault) -> Bool

/// What expressions of one shape share: everything but the literals.
final class Program: Sendable {
    let root: Node
    let evaluate: Evaluate
    /// For a boolean expression: the same as `evaluate`, without the detour.
    let condition: Condition?
    let localCount: Int
    let literals: LiteralUse
    let scope: NameScope
    let requirements: RequirementPlan

    init(
        root: Node, evaluate: @escaping Evaluate, condition: Condition?, localCount: Int, literals: LiteralUse,
        scope: NameScope, requirements: RequirementPlan
    ) {
        self.root = root
        self.evaluate = evaluate
        self.condition = condition
        self.localCount = localCount
        self.literals = literals
        self.scope = scope
        self.requirements = requirements
    }
}

/// How a program uses the literals that it is given.
struct LiteralUse: Sendable {
    /// Those with a minus before them.
    var negated: Set<Int> = []
    /// Those that are regular expressions, with the token that says so.
    var patterns: [Int: Int] = [:]
    /// The token of each literal that is used.
    var tokens: [Int: Int] = [:]
}

/// The names an expression may use.
struct NameScope: Sendable, Hashable {
    /// Variables beside `event` and `async`. A name may have dots.
    var variables: [String] = []
    /// Names are looked for inside of this name first, then inside of its parents: `a.b`.
    var container = ""
    /// Whether there are `event` and `async`.
    var hasEvents = true

    static let events = NameScope()

    func place(of name: String) -> VariablePlace? {
        if hasEvents, name == "event" { return .event }
        if hasEvents, name == "async" { return .async }
        return variables.firstIndex(of: name).map(VariablePlace.variable)
    }

    /// Where to look for a name, innermost first: `a.b.`, `a.`, and the empty prefix.
    var prefixes: [String] {
        var prefixes = [""]
        var parts = container.split(separator: ".")
        var containers: [String] = []
        while !parts.isEmpty {
            containers.append(parts.joined(separator: ".") + ".")
            parts.removeLast()
        }
        prefixes.insert(contentsOf: containers, at: 0)
        return prefixes
    }
}

enum VariablePlace: Sendable, Equatable {
    case event
    case async
    case variable(Int)
}
