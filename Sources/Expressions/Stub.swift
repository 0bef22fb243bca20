import JSON
package struct ExpressionError: Error {}
package enum Requirement { case unindexable, anyOf([(path: [String], value: JSON)]) }
package struct Expression: Sendable {
    package static func compile(_ s: String) throws(ExpressionError) -> Expression { Expression() }
    package func matches(event: JSON?, async: JSON? = nil, now: Int64) throws(ExpressionError) -> Bool { true }
    package func requirements(event: JSON?) -> Requirement { .unindexable }
}
