/// A function of the language: what it is called, how many arguments it takes, what it does.
struct Function: Sendable {
    typealias Body = @Sendable ([Value], inout Frame) throws(Fault) -> Value

    let name: String
    /// A receiver counts.
    let arity: ClosedRange<Int>
    let body: Body

    init(_ name: String, _ arity: ClosedRange<Int>, _ body: @escaping Body) {
        (self.name, self.arity, self.body) = (name, arity, body)
    }

    init(_ name: String, _ count: Int, _ body: @escaping Body) {
        self.init(name, count...count, body)
    }
}

/// All functions by name: those that are called as `name(value)`, and those called as `value.name()`.
struct FunctionTable: Sendable {
    private let global: [String: Function]
    private let members: [String: Function]

    static let strict = FunctionTable(
        global: Function.conversions + Function.globals + Function.math + Function.encoders + Function.optionals
            + Function.network,
        members: Function.texts + Function.textMembers + Function.times + Function.optionalMembers
            + Function.networkMembers)

    static let dialect = FunctionTable(
        global: Array(strict.global.values) + Function.dialect, members: Array(strict.members.values))

    private init(global: [Function], members: [Function]) {
        self.global = Dictionary(global.map { ($0.name, $0) }) { $1 }
        self.members = Dictionary(members.map { ($0.name, $0) }) { $1 }
    }

    func global(_ name: String) -> Function? { global[name] }

    func member(_ name: String) -> Function? { members[name] }

    /// The name nearest to one that is none, for a hint.
    func nearest(to name: String, isMember: Bool) -> String? {
        let names = (isMember ? members : global).keys.sorted()
        let name = name.lowercased()
        return names.first { $0.lowercased() == name }
            ?? names.first { $0.lowercased().hasPrefix(name) || name.hasPrefix($0.lowercased()) }
    }
}
