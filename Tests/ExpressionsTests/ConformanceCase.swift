import Foundation
import JSON
import Testing

@testable import Expressions

/// A case of the CEL conformance suite, as `Vectors/README.md` describes it.
struct ConformanceCase: Sendable, CustomTestStringConvertible {
    let json: JSON

    static let files = [
        "basic", "bindings_ext", "block_ext", "comparisons", "conversions", "dynamic", "encoders_ext", "enums",
        "fields", "fp_math", "integer_math", "lists", "logic", "macros", "macros2", "math_ext", "namespace",
        "network_ext", "optionals", "parse", "plumbing", "proto2", "proto2_ext", "proto3", "string", "string_ext",
        "timestamps", "type_deduction", "wrappers",
    ]

    static func cases(in file: String) throws -> [ConformanceCase] {
        let url = try #require(Bundle.module.url(forResource: "Vectors/\(file)", withExtension: "json"))
        return try JSON(parsing: Data(contentsOf: url)).elements.map(ConformanceCase.init)
    }

    var file: String { json["file"]?.string ?? "" }
    var path: String { "\(file)/\(json["section"]?.string ?? "")/\(json["name"]?.string ?? "")" }
    var expression: String { json["expr"]?.string ?? "" }
    var testDescription: String { path }

    /// Why the case is left out, if it is.
    var skipReason: String? {
        if json["needs_proto"]?.bool == true { return "needs protobuf messages" }
        if json["check_only"]?.bool == true { return "is about the static type checker" }
        if let bindings = json["bindings"], bindings.members.contains(where: { $0.value["enum"] != nil }) {
            return "binds a protobuf enum"
        }
        if expression.contains("Value{") { return "builds a protobuf wrapper message" }
        if Self.contradictory.contains(path) { return "expects a backslash that the source does not have" }
        return nil
    }

    private static let contradictory: Set<String> = [
        "parse/bytes_literals/triple_single_quoted_unescaped_punctuation",
        "parse/bytes_literals/triple_double_quoted_unescaped_punctuation",
    ]

    var expectsError: Bool { json["error"] != nil || json["any_error"] != nil }

    func check() throws {
        let scope = NameScope(variables: names, container: json["container"]?.string ?? "", hasEvents: false)
        do {
            let expression = try Expression(expression, mode: .strict, scope: scope)
            var frame = expression.frame(
                event: nil, async: nil, values: try names.map { try json["bindings"]?[$0].map(Value.init(vector:)) },
                now: 0)
            do {
                let value = try expression.program.evaluate(&frame)
                let expected = try json["value"].map(Value.init(vector:)) ?? .bool(true)
                #expect(!expectsError, "\(path): \(self.expression) gave \(value), an error was expected")
                #expect(value.isIdentical(to: expected), "\(path): \(self.expression) gave \(value), not \(expected)")
            } catch let fault as Fault {
                #expect(expectsError, "\(path): \(self.expression) failed: \(fault.reason)")
            }
        } catch let error as ExpressionError {
            #expect(expectsError, "\(path): \(self.expression) was refused: \(error)")
        }
    }

    /// Declared or bound. Constants can't be bound.
    private var names: [String] {
        let declared = json["type_env"]?.elements.compactMap { $0["ident"]?.string } ?? []
        let bound = json["bindings"]?.members.map(\.key) ?? []
        return Array(Set(declared + bound)).sorted()
    }
}

struct UnknownVector: Error { var text: String }

extension Value {
    init(vector: JSON) throws {
        guard let member = vector.members.first(where: { _ in true }) else { throw UnknownVector(text: vector.text) }
        let content = member.value
        switch member.key {
        case "null": self = .null
        case "bool": self = .bool(content.bool == true)
        case "int": self = .int(try #require(Int64(content.string ?? "")))
        case "uint": self = .uint(try #require(UInt64(content.string ?? "")))
        case "double": self = .double(try #require(content.double ?? Double(content.string ?? "")))
        case "string": self = .string(try #require(content.string))
        case "bytes": self = .bytes(Array(try #require(Data(base64Encoded: content.string ?? "")))[...])
        case "list": self = .list(try content.elements.map(Value.init(vector:)))
        case "map":
            var entries = MapEntries()
            for pair in content.elements {
                let key = try Value(vector: try #require(pair[0]))
                _ = entries.add(try #require(MapKey(key)), named: key, try Value(vector: try #require(pair[1])))
            }
            self = .map(.entries(entries))
        case "type": self = .type(try #require(TypeName(rawValue: content.string ?? "")))
        case "timestamp":
            let seconds = Int64(try #require(content["seconds"]?.int))
            self = .timestamp(try Instant(seconds: seconds, nanoseconds: Int64(content["nanos"]?.int ?? 0)))
        case "duration":
            let seconds = Int64(try #require(content["seconds"]?.int))
            self = .duration(Span(nanoseconds: seconds * 1_000_000_000 + Int64(content["nanos"]?.int ?? 0)))
        default: throw UnknownVector(text: vector.text)
        }
    }

    /// Equal and of the same type; NaN is itself. The sign of zero is lost in canonical JSON, and has a test of its own.
    func isIdentical(to other: Value) -> Bool {
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
}

extension Frame {
    static var empty: Frame {
        Frame(
            constants: [], patterns: [:], event: nil, async: nil, variables: [], now: 0, mode: .strict, localCount: 0)
    }
}
