/// Why an evaluation stopped.
struct Fault: Error {
    enum Kind: Sendable {
        case failure
        /// An operation does not take values of these types.
        case noOverload
        /// A limit was broken: nothing may absorb this, not even `|| true`.
        case limit
    }

    var reason: String
    var kind: Kind
    /// Where, as a place in the list of tokens; the innermost call or operator that knows.
    var token: Int?

    init(_ reason: String, _ kind: Kind = .failure) {
        self.reason = reason
        self.kind = kind
    }

    static func noOverload(_ operation: String, _ values: Value...) -> Fault {
        noOverload(operation, values)
    }

    static func noOverload(_ operation: String, _ values: [Value]) -> Fault {
        let types = values.map(\.typeName.rawValue).joined(separator: ", ")
        return Fault("\(operation) does not work on (\(types))", .noOverload)
    }

    func at(_ place: Int) -> Fault {
        guard token == nil else { return self }
        var fault = self
        fault.token = place
        return fault
    }
}
