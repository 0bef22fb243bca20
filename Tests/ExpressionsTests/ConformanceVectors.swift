import ExpressionCases
import Foundation
import JSON
import Testing

/// The conformance cases of CEL.
enum ConformanceVectors {
    static let files = [
        "basic", "bindings_ext", "block_ext", "comparisons", "conversions", "dynamic", "encoders_ext", "enums",
        "fields", "fp_math", "integer_math", "lists", "logic", "macros", "macros2", "math_ext", "namespace",
        "network_ext", "optionals", "parse", "plumbing", "proto2", "proto2_ext", "proto3", "string", "string_ext",
        "timestamps", "type_deduction", "wrappers",
    ]

    static func cases(in file: String) throws -> [ExpressionCase] {
        let url = try #require(Bundle.module.url(forResource: "Vectors/\(file)", withExtension: "json"))
        return try JSON(parsing: Data(contentsOf: url)).elements.map(ExpressionCase.init)
    }
}
