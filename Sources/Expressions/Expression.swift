import JSON

/// A compiled expression in CEL. Compiled once, it may be evaluated any number of times and from any thread.
package struct Expression: Sendable, CustomStringConvertible {
    /// Which rules hold.
    package enum Mode: Sendable, Hashable {
        /// Loose typing, missing fields as `null`, and functions of our own. What apps write.
        case dialect
        /// CEL as it is specified.
        case strict
    }

    /// The text.
    package let source: String
    package let mode: Mode
    let program: Program
    let constants: Constants

    /// Compiles an expression over `event` and `async`. Cheap where one of the same shape was compiled before.
    ///
    /// - Parameter variables: further names that it may use. Dialect only: other unknown names are refused at once.
    package static func compile(
        _ source: String, mode: Mode = .dialect, variables: [String] = []
    ) throws(ExpressionError) -> Expression {
        try Expression(source, mode: mode, scope: NameScope(variables: variables))
    }

    init(
        _ source: String, mode: Mode, scope: NameScope, cache: CompileCache = .shared
    ) throws(ExpressionError) {
        let words = try Lexer.read(source)
        let key = CompileCache.Key(shape: Text(words.shape), mode: mode, scope: scope)
        program = try cache.program(for: key) { () throws(ExpressionError) in
            let root = try Parser.parse(source, words)
            return try Compiler.program(root, source: source, words: words, mode: mode, scope: scope)
        }
        constants = try Constants(words, for: program.literals, in: source)
        self.source = source
        self.mode = mode
    }

    /// Whether the expression is true. `null` counts as false, any other value that is no boolean is an error.
    ///
    /// - Parameter now: Unix milliseconds.
    package func matches(
        event: JSON?, async: JSON? = nil, now: Int64, variables: [String: JSON] = [:]
    ) throws(ExpressionError) -> Bool {
        var steps = 0
        return try matches(event: event, async: async, now: now, variables: variables, steps: &steps)
    }

    /// The same, for those who look at many values one after another.
    ///
    /// - Parameter steps: what it cost is added, also where it fails: at most ``Limits/steps``.
    package func matches(
        event: JSON?, async: JSON? = nil, now: Int64, variables: [String: JSON] = [:], steps: inout Int
    ) throws(ExpressionError) -> Bool {
        var frame = frame(event: event, async: async, now: now, variables: variables)
        defer { steps += frame.stepsUsed }
        do throws(Fault) {
            if let condition = program.condition { return try condition(&frame) }
            let value = try program.evaluate(&frame)
            switch value {
            case .bool(let bool): return bool
            case .missing, .null: return false
            default: throw Fault("the condition gives a \(value.typeName.rawValue), not true or false")
            }
        } catch {
            throw self.error(error)
        }
    }

    /// The value as JSON, for keys, priorities and display.
    ///
    /// - Parameter now: Unix milliseconds.
    package func value(
        event: JSON?, async: JSON? = nil, now: Int64, variables: [String: JSON] = [:]
    ) throws(ExpressionError) -> JSON {
        var frame = frame(event: event, async: async, now: now, variables: variables)
        do throws(Fault) {
            return try program.evaluate(&frame).json(in: &frame)
        } catch {
            throw self.error(error)
        }
    }

    /// What an incoming event (`async`) must have for the expression to be true, with the values of `event` as given.
    package func requirements(event: JSON?) -> Requirement {
        var frame = frame(event: event, async: nil, now: 0, variables: [:])
        return program.requirements.keys(in: &frame).map(Requirement.anyOf) ?? .unindexable
    }

    /// Whether it calls a function or macro, which the rule of a cancellation may not.
    package var callsFunctions: Bool { program.root.callsFunctions }

    package var description: String { source }

    // MARK: Evaluation

    private func frame(event: JSON?, async: JSON?, now: Int64, variables: [String: JSON]) -> Frame {
        let names = program.scope.variables
        let values = names.isEmpty ? [] : names.map { name in variables[name].map { Value($0) } }
        return frame(event: event, async: async, values: values, now: now)
    }

    func frame(event: JSON?, async: JSON?, values: [Value?], now: Int64) -> Frame {
        Frame(
            constants: constants.values, patterns: constants.patterns, event: event, async: async, variables: values,
            now: now, mode: mode, localCount: program.localCount)
    }

    func error(_ fault: Fault) -> ExpressionError {
        let tokens = (try? Lexer.read(source))?.tokens ?? []
        let offset = fault.token.flatMap { $0 < tokens.count ? tokens[$0].start : nil } ?? 0
        return ExpressionError(fault.reason, in: source, at: offset)
    }
}
