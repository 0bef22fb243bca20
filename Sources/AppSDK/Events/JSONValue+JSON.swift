import JSON

extension JSONValue {
    /// The value of a piece of JSON.
    package init(_ json: JSON) {
        switch json.kind {
        case .null: self = .null
        case .bool: self = .bool(json.bool ?? false)
        case .number: self = .number(json.double ?? 0)
        case .string: self = .string(json.string ?? "")
        case .array: self = .array(json.elements.map(JSONValue.init))
        case .object:
            self = .object(Dictionary(json.members.map { ($0.key, JSONValue($0.value)) }, uniquingKeysWith: { $1 }))
        }
    }
}

extension JSON {
    /// The JSON of a value; `null` for a number that JSON has none for.
    package init(_ value: JSONValue) {
        switch value {
        case .null: self = .null
        case .bool(let bool): self = .bool(bool)
        case .number(let number): self = .double(number)
        case .string(let string): self = .string(string)
        case .array(let array): self = .array(array.map(JSON.init))
        case .object(let members): self = .object(members.map { ($0.key, Optional(JSON($0.value))) })
        }
    }
}
