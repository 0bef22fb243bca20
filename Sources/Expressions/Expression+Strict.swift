extension Expression {
    /// Compiles CEL as it is specified, without `event` and `async`.
    ///
    /// - Parameters:
    ///   - names: what it may use; each may have a value when it is evaluated.
    ///   - container: names are looked for inside of this one first.
    package static func strict(
        _ source: String, names: [String], container: String
    ) throws(ExpressionError) -> Expression {
        try Expression(
            source, mode: .strict, scope: NameScope(variables: names, container: container, hasEvents: false))
    }

    /// The value with its type.
    package func typedValue(_ bindings: [String: TypedValue]) throws(ExpressionError) -> TypedValue {
        var frame = frame(
            event: nil, async: nil, values: program.scope.variables.map { bindings[$0]?.value }, now: 0)
        do throws(Fault) {
            return TypedValue(try program.evaluate(&frame))
        } catch {
            throw self.error(error)
        }
    }
}
