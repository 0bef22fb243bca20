import JSON

/// How many may execute at the same time, in all or for each value of a key.
package struct Concurrency: Hashable, Sendable {
    /// 1 or more.
    package var limit: Int
    package var scope: Scope
    /// An expression over the run's first event; each value of it has the limit for itself.
    package var key: String?

    /// Who shares the limit: the runs of a function, or of all functions with the same key expression.
    package enum Scope: String, Hashable, Sendable, CaseIterable {
        case function = "fn"
        case environment = "env"
        case account
    }

    package init(limit: Int, scope: Scope = .function, key: String? = nil) {
        self.limit = limit
        self.scope = scope
        self.key = key
    }

    package static let maximumRules = 2

    /// Reads `concurrency`: a number, a rule, a list of rules, or rules for steps and for runs: `{step, fn}`.
    static func rules(_ settings: Fields) throws(InvalidFunction) -> (steps: [Concurrency], runs: Concurrency?) {
        let field = "concurrency"
        guard let json = settings.value(field) else { return ([], nil) }
        guard json["fn"] != nil || json["step"] != nil else {
            return (try list(json, field, atMost: maximumRules, settings), nil)
        }
        let steps = try list(json["step"] ?? .null, "\(field).step", atMost: maximumRules, settings)
        let runs = try list(json["fn"] ?? .null, "\(field).fn", atMost: 1, settings)
        if let rule = runs.first, rule.scope != .function {
            throw settings.refuse("\(field).fn", "whole runs are limited for one function only", .concurrencyLimit)
        }
        return (steps, runs.first)
    }

    private static func list(
        _ json: JSON, _ field: String, atMost maximum: Int, _ settings: Fields
    ) throws(InvalidFunction) -> [Concurrency] {
        let isList = json.kind == .array
        let elements = isList ? Array(json.elements) : json.isNull ? [] : [json]
        var rules: [Concurrency] = []
        for (index, element) in elements.enumerated() {
            if let rule = try rule(element, isList ? "\(field)[\(index)]" : field, settings) { rules.append(rule) }
        }
        guard rules.count <= maximum else {
            throw settings.refuse(field, "\(rules.count) rules, at most \(maximum)", .concurrencyLimit)
        }
        return rules
    }

    /// A rule; nil where its limit is 0, which means none.
    private static func rule(
        _ json: JSON, _ field: String, _ settings: Fields
    ) throws(InvalidFunction) -> Concurrency? {
        guard json.kind == .object else {
            let limit = try settings.int(json, field, in: 0...Int.max, .concurrencyLimit)
            return limit == 0 ? nil : Concurrency(limit: limit)
        }
        let fields = Fields(json, path: field, function: settings.function)
        let limit = try fields.required(
            "limit", fields.int("limit", in: 0...Int.max, .concurrencyLimit), .concurrencyLimit)
        let key = try fields.text("key")
        var scope = Scope.function
        if let name = try fields.text("scope") {
            guard let known = Scope(rawValue: name.lowercased()) else {
                throw fields.refuse("scope", "'\(name.prefix(64))' is none of fn, env and account")
            }
            scope = known
        }
        guard scope == .function || key != nil else {
            throw fields.refuse("key", "missing; the scope '\(scope.rawValue)' needs one")
        }
        return limit == 0 ? nil : Concurrency(limit: limit, scope: scope, key: key)
    }

    /// A rule for steps.
    var json: JSON {
        ["key": key.map(JSON.string), "limit": .int(limit), "scope": .string(scope.rawValue)]
    }

    /// A rule for whole runs, which has no scope.
    var runJSON: JSON { ["key": key.map(JSON.string), "limit": .int(limit)] }
}
