import JSON

/// A value as a CEL expression writes it.
struct CELLiteral: Hashable {
    let text: String

    /// - Throws: ``NonRetriableError`` where the value is encoded as a list or an object.
    init(_ value: some Encodable) throws {
        let json: JSON
        do {
            json = try JSON(encoding: value)
        } catch {
            throw NonRetriableError("the value to compare with cannot be encoded: \(explanation(of: error))")
        }
        switch json.kind {
        case .string: text = Self.quoted(json.string ?? "")
        case .number, .bool, .null: text = json.text
        case .array, .object:
            throw NonRetriableError(
                "the value to compare with is encoded as a JSON \(json.kind.rawValue); compare a text, number or boolean"
            )
        }
    }

    /// A text in single quotes, with escapes where CEL needs them.
    static func quoted(_ string: String) -> String {
        var text = "'"
        for scalar in string.unicodeScalars {
            switch scalar {
            case "'": text += "\\'"
            case "\\": text += "\\\\"
            case "\n": text += "\\n"
            case "\r": text += "\\r"
            case "\t": text += "\\t"
            case let control where control.value < 0x20 || control.value == 0x7F:
                let digits = String(control.value, radix: 16)
                text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: text.unicodeScalars.append(scalar)
            }
        }
        return text + "'"
    }
}
