import Foundation
import JSON

/// A value of CEL that has kept its type, as JSON has it not: `1`, `1u` and `1.0` are three. Written as an object with
/// one key, such as `{"int":"1"}`, which is the form of CEL's conformance cases.
package struct TypedValue: Sendable, CustomStringConvertible {
    let value: Value

    init(_ value: Value) {
        self.value = value
    }

    /// Reads `null`, `bool`, `int`, `uint`, `double`, `string`, `bytes`, `list`, `map`, `type`, `timestamp`, `duration`.
    package init?(_ json: JSON) {
        guard let member = json.members.first(where: { _ in true }), let value = Value(member.key, member.value) else {
            return nil
        }
        self.value = value
    }

    /// Equal and of the same type; NaN is itself.
    package func isIdentical(to other: TypedValue) -> Bool { value.isIdentical(to: other.value) }

    package var description: String { value.typedText }
}

extension Value {
    fileprivate init?(_ type: String, _ content: JSON) {
        let text = content.string ?? ""
        let read: Value? =
            switch type {
            case "null": .null
            case "bool": content.bool.map(Value.bool)
            case "int": Int64(text).map(Value.int)
            case "uint": UInt64(text).map(Value.uint)
            case "double": (content.double ?? Double(text)).map(Value.double)
            case "string": content.string.map(Value.string)
            case "bytes": Data(base64Encoded: text).map { .bytes(Array($0)[...]) }
            case "list": Self.list(typed: content)
            case "map": Self.map(typed: content)
            case "type": TypeName(rawValue: text).map(Value.type)
            case "timestamp": Self.seconds(content).flatMap { try? .timestamp(Instant(seconds: $0, nanoseconds: $1)) }
            case "duration": Self.seconds(content).flatMap(Self.duration)
            default: nil
            }
        guard let read else { return nil }
        self = read
    }

    private static func list(typed json: JSON) -> Value? {
        var values: [Value] = []
        for element in json.elements {
            guard let value = TypedValue(element)?.value else { return nil }
            values.append(value)
        }
        return .list(values)
    }

    private static func map(typed json: JSON) -> Value? {
        var entries = MapEntries()
        for pair in json.elements {
            guard let name = pair[0].flatMap(TypedValue.init)?.value,
                let value = pair[1].flatMap(TypedValue.init)?.value,
                let key = MapKey(name), entries.add(key, named: name, value)
            else { return nil }
        }
        return .map(.entries(entries))
    }

    private static func seconds(_ json: JSON) -> (Int64, Int64)? {
        json["seconds"]?.int.map { (Int64($0), Int64(json["nanos"]?.int ?? 0)) }
    }

    private static func duration(seconds: Int64, nanoseconds: Int64) -> Value? {
        let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        let (sum, overflow2) = product.addingReportingOverflow(nanoseconds)
        return overflow || overflow2 ? nil : .duration(Span(nanoseconds: sum))
    }

    /// The sign of zero is lost in canonical JSON and counts for nothing here.
    fileprivate func isIdentical(to other: Value) -> Bool {
        guard typeName == other.typeName else { return false }
        switch (self, other) {
        case (.double(let l), .double(let r)):
            return l.isNaN && r.isNaN || l == r
        case (.list(.values(let l)), .list(.values(let r))):
            return l.count == r.count && zip(l, r).allSatisfy { $0.isIdentical(to: $1) }
        case (.map(.entries(let l)), .map(.entries(let r))):
            guard l.keys.count == r.keys.count else { return false }
            return zip(l.keys, l.values).allSatisfy { key, value in
                guard let place = r.keys.firstIndex(where: { $0.isIdentical(to: key) }) else { return false }
                return value.isIdentical(to: r.values[place])
            }
        default:
            var frame = Frame.empty
            return (try? equals(other, in: &frame)) == true
        }
    }

    /// For people: `int 1`, `list [string "a"]`.
    fileprivate var typedText: String {
        switch self {
        case .list(.values(let values)): return "list [" + values.map(\.typedText).joined(separator: ", ") + "]"
        case .map(.entries(let entries)):
            let pairs = zip(entries.keys, entries.values).map { "\($0.typedText): \($1.typedText)" }
            return "map {" + pairs.joined(separator: ", ") + "}"
        case .double(let double): return "double \(double)"
        case .null, .missing: return "null"
        default:
            var frame = Frame.empty
            return "\(typeName.rawValue) \((try? json(in: &frame).text) ?? "?")"
        }
    }
}

extension Frame {
    /// For what is done with values outside of an evaluation.
    static var empty: Frame {
        Frame(
            constants: [], patterns: [:], event: nil, async: nil, variables: [], now: 0, mode: .strict, localCount: 0)
    }
}
