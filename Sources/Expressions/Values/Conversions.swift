/// The functions named after types: `int(…)`, `string(…)` …
extension Value {
    /// `string(…)`: what each scalar looks like as text.
    func text() throws(Fault) -> String {
        switch self {
        case .string(let text): return text.string
        case .bool(let bool): return bool ? "true" : "false"
        case .int(let int): return String(int)
        case .uint(let uint): return String(uint)
        case .double(let double): return Self.text(double)
        case .bytes(let bytes):
            guard let text = String(validating: bytes, as: UTF8.self) else { throw Fault("bytes that are no UTF-8") }
            return text
        case .timestamp(let instant): return instant.text
        case .duration(let span): return span.text
        case .address(let address): return address.text
        case .network(let network): return network.text
        case .type(let type): return type.rawValue
        default: throw .noOverload("string()", self)
        }
    }

    /// Whole doubles without a point, others in the fewest digits that tell them apart.
    static func text(_ double: Double) -> String {
        if double.isNaN { return "NaN" }
        if double.isInfinite { return double < 0 ? "-Infinity" : "Infinity" }
        let text = double.description
        return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
    }

    func toInt() throws(Fault) -> Value {
        switch self {
        case .int: return self
        case .uint(let uint):
            guard let int = Int64(exactly: uint) else { throw Self.range("int", self) }
            return .int(int)
        case .double(let double):
            // The ends are left out: a double there may stand for a number beyond.
            guard double > -0x1p63, double < 0x1p63 else { throw Self.range("int", self) }
            return .int(Int64(double))
        case .string(let text):
            guard let int = Int64(text.string) else { throw Self.unreadable("int", text) }
            return .int(int)
        case .timestamp(let instant): return .int(instant.seconds)
        case .duration(let span): return .int(span.nanoseconds / 1_000_000_000)
        default: throw .noOverload("int()", self)
        }
    }

    func toUInt() throws(Fault) -> Value {
        switch self {
        case .uint: return self
        case .int(let int):
            guard let uint = UInt64(exactly: int) else { throw Self.range("uint", self) }
            return .uint(uint)
        case .double(let double):
            guard double > -1, double < 0x1p64 else { throw Self.range("uint", self) }
            return .uint(UInt64(double))
        case .string(let text):
            guard let uint = UInt64(text.string) else { throw Self.unreadable("uint", text) }
            return .uint(uint)
        default: throw .noOverload("uint()", self)
        }
    }

    func toDouble() throws(Fault) -> Value {
        if let double = asDouble { return .double(double) }
        guard case .string(let text) = self else { throw .noOverload("double()", self) }
        let string = text.string
        switch string.lowercased() {
        case "nan": return .double(.nan)
        case "inf", "+inf", "infinity", "+infinity": return .double(.infinity)
        case "-inf", "-infinity": return .double(-.infinity)
        default:
            guard let double = Double(string) else { throw Self.unreadable("double", text) }
            return .double(double)
        }
    }

    func toBool() throws(Fault) -> Value {
        switch self {
        case .bool: return self
        case .string(let text):
            switch text.string {
            case "1", "t", "T", "true", "TRUE", "True": return .bool(true)
            case "0", "f", "F", "false", "FALSE", "False": return .bool(false)
            default: throw Self.unreadable("bool", text)
            }
        default: throw .noOverload("bool()", self)
        }
    }

    func toBytes() throws(Fault) -> Value {
        switch self {
        case .bytes: return self
        case .string(let text): return .bytes(text.utf8)
        default: throw .noOverload("bytes()", self)
        }
    }

    func toTimestamp() throws(Fault) -> Value {
        switch self {
        case .timestamp: return self
        case .string(let text): return .timestamp(try TimeText.timestamp(text))
        case .int(let int): return .timestamp(try Instant(seconds: int))
        default: throw .noOverload("timestamp()", self)
        }
    }

    func toDuration(allowsDays: Bool) throws(Fault) -> Value {
        switch self {
        case .duration: return self
        case .string(let text): return .duration(try TimeText.duration(text, allowsDays: allowsDays))
        case .int(let seconds):
            let (nanoseconds, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
            guard !overflow else { throw Span.outOfRange }
            return .duration(Span(nanoseconds: nanoseconds))
        default: throw .noOverload("duration()", self)
        }
    }

    private static func range(_ type: String, _ value: Value) -> Fault {
        Fault("\((try? value.text()) ?? "the value") is beyond the range of \(type)")
    }

    private static func unreadable(_ type: String, _ text: Text) -> Fault {
        Fault("'\(text.string.prefix(60))' is no \(type)")
    }
}
