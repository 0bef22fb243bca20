/// Why an evaluation stopped.
struct Fault: Error {
    enum Kind: Sendable {
        case failure
        /// An operation does not take values of these types.
        case noOverload
        /// A limit was broken: nothing may absorb this, not even `|| true`.
        case limit
    }

    var reason: String { details.reason }
    var kind: Kind { details.kind }
    /// Where, as a place in the list of tokens; the innermost call or operator that knows.
    var token: Int? { details.token }

    /// In one word, because the recursive evaluation keeps room for it at each call that may throw.
    private let details: Details

    private final class Details: Sendable {
        let reason: String
        let kind: Kind
        let token: Int?

        init(_ reason: String, _ kind: Kind, _ token: Int?) {
            (self.reason, self.kind, self.token) = (reason, kind, token)
        }
    }

    init(_ reason: String, _ kind: Kind = .failure) {
        details = Details(reason, kind, nil)
    }

    private init(_ details: Details) {
        self.details = details
    }

    static func noOverload(_ operation: String, _ values: Value...) -> Fault {
        noOverload(operation, values)
    }

    static func noOverload(_ operation: String, _ values: [Value]) -> Fault {
        let types = values.map(\.typeName.rawValue).joined(separator: ", ")
        return Fault("\(operation) does not work on (\(types))", .noOverload)
    }

    func at(_ place: Int) -> Fault {
        token == nil ? Fault(Details(reason, kind, place)) : self
    }
}
