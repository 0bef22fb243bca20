import JSON

extension SwiftCode {
    /// JSON as a literal of `JSONValue`: in one line where it is short, with each part on a line of its own else.
    /// - Parameter indent: of the line that it begins on.
    static func literal(_ json: JSON, indent: String = "    ") -> String {
        let inner = "\(indent)    "
        switch json.kind {
        case .null: return "nil"
        case .bool: return json.text
        case .number: return number(json)
        case .string: return literal(json.string ?? "")
        case .array: return list(json.elements.map { literal($0, indent: inner) }, empty: "[]", indent)
        case .object:
            let members = json.members.map { "\(literal($0.key)): \(literal($0.value, indent: inner))" }
            return list(members, empty: "[:]", indent)
        }
    }

    /// A value where no type is known from the place: texts, numbers and booleans speak for themselves.
    static func typed(_ json: JSON) -> String {
        switch json.kind {
        case .string, .number, .bool: literal(json)
        case .null, .array, .object: "\(literal(json)) as JSONValue"
        }
    }

    private static func list(_ parts: [String], empty: String, _ indent: String) -> String {
        guard !parts.isEmpty else { return empty }
        let line = "[\(parts.joined(separator: ", "))]"
        guard line.utf8.count >= 90 else { return line }
        return "[\n" + parts.map { "\(indent)    \($0),\n" }.joined() + "\(indent)]"
    }

    /// Integers that are only near to what was meant have an exponent: as integers they might not fit.
    private static func number(_ json: JSON) -> String {
        let text = json.text
        guard let value = json.double, value.magnitude >= 0x1p53, !text.contains("e") else { return text }
        let digits = text.drop { $0 == "-" }
        var rest = digits.dropFirst()
        while rest.last == "0" { rest.removeLast() }
        let fraction = rest.isEmpty ? "" : ".\(rest)"
        return "\(value < 0 ? "-" : "")\(digits.prefix(1))\(fraction)e+\(digits.count - 1)"
    }
}
