import JSON

/// What an expression works on. Parts of the stored JSON stay there until they are asked for.
enum Value: Sendable {
    /// A field that is not there, in the dialect. It reads as `null`, but two of them are not equal.
    case missing
    case null
    case bool(Bool)
    case int(Int64)
    case uint(UInt64)
    case double(Double)
    case string(Text)
    case bytes(ArraySlice<UInt8>)
    case list(ListValue)
    case map(MapValue)
    case type(TypeName)
    case timestamp(Instant)
    case duration(Span)
    indirect case optional(Value?)
    case address(IPAddress)
    case network(IPNetwork)

    static func string(_ string: String) -> Value { .string(Text(string)) }

    static func list(_ values: [Value]) -> Value { .list(.values(values)) }

    var isNothing: Bool {
        switch self {
        case .missing, .null: true
        default: false
        }
    }

    var typeName: TypeName {
        switch self {
        case .missing, .null: .null
        case .bool: .bool
        case .int: .int
        case .uint: .uint
        case .double: .double
        case .string: .string
        case .bytes: .bytes
        case .list: .list
        case .map: .map
        case .type: .type
        case .timestamp: .timestamp
        case .duration: .duration
        case .optional: .optional
        case .address: .address
        case .network: .network
        }
    }
}

/// The types that have a name in expressions.
enum TypeName: String, Sendable, CaseIterable {
    case null = "null_type"
    case bool, int, uint, double, string, bytes, list, map, type
    case timestamp = "google.protobuf.Timestamp"
    case duration = "google.protobuf.Duration"
    case optional = "optional_type"
    case address = "net.IP"
    case network = "net.CIDR"
}
