import JSON

/// A chain such as `event.data["id"]`: a name and the fields that follow.
struct FieldChain {
    var name: String
    var isAbsolute: Bool
    var fields: [String]
    /// How many of the fields stand after a dot, and so could be parts of a dotted name.
    var dotted: Int
}

extension Node {
    /// This node as a chain, if it is one. An index counts where it is a string literal.
    func chain(_ literal: (Int) -> String?) -> FieldChain? {
        switch kind {
        case .name(let name, let isAbsolute):
            return FieldChain(name: name, isAbsolute: isAbsolute, fields: [], dotted: 0)
        case .select(let value, let field, isOptional: false):
            guard var chain = value.chain(literal) else { return nil }
            if chain.dotted == chain.fields.count { chain.dotted += 1 }
            chain.fields.append(field)
            return chain
        case .index(let value, let key, isOptional: false):
            guard case .literal(let index, _) = key.kind, let field = literal(index),
                var chain = value.chain(literal)
            else { return nil }
            chain.fields.append(field)
            return chain
        default: return nil
        }
    }
}

extension Compiler {
    /// What a chain of names and fields stands for.
    enum Referent {
        case local(Int, fields: [String])
        case variable(VariablePlace, fields: [String])
        case type(TypeName)
        case unknown
    }

    func resolve(_ chain: FieldChain) -> Referent {
        if !chain.isAbsolute, let local = bound.last(where: { $0.name == chain.name }) {
            return .local(local.place, fields: chain.fields)
        }
        for count in stride(from: chain.dotted, through: 0, by: -1) {
            let name = ([chain.name] + chain.fields.prefix(count)).joined(separator: ".")
            for prefix in chain.isAbsolute ? [""] : scope.prefixes {
                if let place = scope.place(of: prefix + name) {
                    return .variable(place, fields: Array(chain.fields.dropFirst(count)))
                }
            }
            if count == chain.fields.count, let type = TypeName(rawValue: name) { return .type(type) }
        }
        return .unknown
    }

    /// A name, or a chain of fields that begins with one.
    mutating func reference(_ node: Node) throws(ExpressionError) -> Evaluate? {
        guard let chain = node.chain({ pinned[$0] }) else { return nil }
        let token = node.tokens.upperBound
        switch resolve(chain) {
        case .local(let place, let fields):
            return followed(fields, token: token) { frame throws(Fault) in try frame.locals[place].get() }
        case .variable(.event, let fields): return path(fields, name: "event", token: token) { $0.event }
        case .variable(.async, let fields): return path(fields, name: "async", token: token) { $0.async }
        case .variable(.variable(let place), let fields):
            let name = chain.name
            return followed(fields, token: token) { frame throws(Fault) in
                guard let value = frame.variables[place] else { throw Fault("'\(name)' has no value").at(token) }
                return value
            }
        case .type(let type): return { _ throws(Fault) in .type(type) }
        case .unknown:
            guard case .name(let name, _) = node.kind else { return nil }
            return try unknown(name, token: node.tokens.lowerBound)
        }
    }

    private func unknown(_ name: String, token: Int) throws(ExpressionError) -> Evaluate {
        // Without a type checker, strict CEL finds unknown names when it evaluates them.
        guard isDialect else {
            return { _ throws(Fault) in throw Fault("'\(name)' is unknown").at(token) }
        }
        let names = (scope.hasEvents ? ["event", "async"] : []) + scope.variables
        throw error("'\(name)' is unknown", expected: names.joined(separator: " or "), at: token)
    }

    func error(_ reason: String, expected: String? = nil, at token: Int) -> ExpressionError {
        ExpressionError(reason, expected: expected, in: source, at: tokens[token].start)
    }

    private func path(
        _ fields: [String], name: String, token: Int, root: @escaping @Sendable (borrowing Frame) -> JSON?
    ) -> Evaluate {
        let (path, isDialect) = (JSONPath(fields), isDialect)
        return { frame throws(Fault) in
            guard let root = root(frame) else {
                if isDialect { return .missing }
                throw Fault("there is no '\(name)' here").at(token)
            }
            guard let found = root[path] else {
                try frame.read(bytes: root.bytes.count)
                if isDialect { return .missing }
                throw Fault("'\(name)' has no field '\(fields.joined(separator: "."))'").at(token)
            }
            try frame.read(bytes: found.bytes.startIndex - root.bytes.startIndex)
            return Value(found)
        }
    }

    private func followed(
        _ fields: [String], token: Int, _ root: @escaping Evaluate
    ) -> Evaluate {
        var evaluate = root
        for field in fields {
            let (inner, selector) = (evaluate, FieldSelector(field, isOptional: false))
            evaluate = { frame throws(Fault) in
                let value = try inner(&frame)
                do throws(Fault) { return try selector.select(from: value, in: &frame) } catch { throw error.at(token) }
            }
        }
        return evaluate
    }
}
