import Expressions
import JSON

/// A case of the CEL conformance suite: an expression, and what must come of it. Written in JSON as
/// `Tests/ExpressionsTests/Vectors/README.md` describes it.
package struct ExpressionCase: Sendable {
    private let json: JSON

    package init(_ json: JSON) {
        self.json = json
    }

    /// What came of it.
    package enum Verdict: Hashable, Sendable {
        case passed
        /// What came instead.
        case failed(String)
        /// Why it was left out.
        case skipped(String)
    }

    /// `file/section/name`
    package var path: String {
        ["file", "section", "name"].map { json[$0]?.string ?? "" }.joined(separator: "/")
    }

    package var source: String { json["expr"]?.string ?? "" }

    package func verdict() -> Verdict {
        guard json["expr"]?.string != nil else { return .failed("has no text under \"expr\"") }
        if let reason = skipReason { return .skipped(reason) }
        var bindings: [String: TypedValue] = [:]
        for member in json["bindings"]?.members ?? JSON.emptyObject.members {
            guard let value = TypedValue(member.value) else { return .skipped("binds \(member.value)") }
            bindings[member.key] = value
        }
        let expected = json["value"].map { TypedValue($0) } ?? TypedValue(["bool": true])
        guard let expected else { return .skipped("expects \(json["value"] ?? .null)") }
        do {
            let value = try Expression.strict(source, names: names, container: json["container"]?.string ?? "")
                .typedValue(bindings)
            if expectsError { return .failed("gave \(value), an error was expected") }
            return value.isIdentical(to: expected) ? .passed : .failed("gave \(value), not \(expected)")
        } catch {
            return expectsError ? .passed : .failed("\(error)")
        }
    }

    private var expectsError: Bool { json["error"] != nil || json["any_error"] != nil }

    /// Declared or bound.
    private var names: [String] {
        let declared = json["type_env"]?.elements.compactMap { $0["ident"]?.string } ?? []
        let bound = json["bindings"]?.members.map(\.key) ?? []
        return Array(Set(declared + bound)).sorted()
    }

    private var skipReason: String? {
        if json["needs_proto"]?.bool == true { return "needs protobuf messages" }
        if json["check_only"]?.bool == true { return "is about the static type checker" }
        if json["unknown"] != nil || json["any_unknowns"] != nil { return "expects unknown values" }
        if let bindings = json["bindings"], bindings.members.contains(where: { $0.value["enum"] != nil }) {
            return "binds a protobuf enum"
        }
        if source.contains("Value{") { return "builds a protobuf wrapper message" }
        if Self.contradictory.contains(path) { return "expects a backslash that the source does not have" }
        return nil
    }

    private static let contradictory: Set<String> = [
        "parse/bytes_literals/triple_single_quoted_unescaped_punctuation",
        "parse/bytes_literals/triple_double_quoted_unescaped_punctuation",
    ]
}
