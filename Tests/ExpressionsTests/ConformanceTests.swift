import ExpressionCases
import Foundation
import JSON
import Testing

@testable import Expressions

@Suite("Strict mode passes the conformance cases of CEL")
struct ConformanceTests {
    @Test("Every case that needs no protobuf", arguments: ConformanceVectors.files)
    func passes(file: String) throws {
        for conformance in try ConformanceVectors.cases(in: file) {
            if case .failed(let reason) = conformance.verdict() {
                Issue.record("\(conformance.path): \(conformance.source) \(reason)")
            }
        }
    }

    @Test("A case that is not so fails, and one that can't be read is no pass")
    func judges() throws {
        func verdict(_ json: JSON) -> ExpressionCase.Verdict { ExpressionCase(json).verdict() }
        #expect(verdict(["expr": "1 + 1", "value": ["int": "2"]]) == .passed)
        #expect(verdict(["expr": "1 + 1", "value": ["uint": "2"]]) == .failed("gave int 2, not uint 2"))
        #expect(
            verdict(["expr": "x[0]", "error": [], "bindings": ["x": ["list": [["int": "1"]]]]])
                == .failed("gave int 1, an error was expected"))
        #expect(verdict(["expr": "1 / 0", "error": []]) == .passed)
        #expect(verdict(["expr": "{'a': 1.0}", "value": ["map": [[["string": "a"], ["double": 1]]]]]) == .passed)
        #expect(
            verdict(["expr": "['a', b'a']", "value": ["list": []]])
                == .failed(#"gave list [string "a", bytes "YQ=="], not list []"#))
        #expect(verdict(["expr": "1", "value": ["message": [:]]]) == .skipped(#"expects {"message":{}}"#))
        #expect(verdict(["value": ["int": "2"]]) == .failed(#"has no text under "expr""#))
        guard case .failed(let reason) = verdict(["expr": "1 +"]) else {
            Issue.record("a text that is no expression has passed")
            return
        }
        #expect(reason.contains("line 1, column 4"))
    }

    @Test("The sign of zero", arguments: [("-(0.0)", true), ("double('-0.0')", true), ("0.0", false), ("-0.0", true)])
    func signOfZero(source: String, isNegative: Bool) throws {
        let expression = try Expression(source, mode: .strict, scope: NameScope(hasEvents: false))
        var frame = expression.frame(event: nil, async: nil, values: [], now: 0)
        guard case .double(let zero) = try expression.program.evaluate(&frame) else {
            Issue.record("\(source) is no double")
            return
        }
        #expect(zero == 0 && (zero.sign == .minus) == isNegative)
    }

    /// `Vectors/left-out.txt` lists each of them, so that nothing is left out silently.
    @Test("The cases that are left out, and why")
    func leftOut() throws {
        let url = try #require(Bundle.module.url(forResource: "Vectors/left-out", withExtension: "txt"))
        let listed = try String(contentsOf: url, encoding: .utf8).split(separator: "\n").map(String.init)
        var (ran, found, reasons) = (0, [String](), [String: Int]())
        for file in ConformanceVectors.files {
            for conformance in try ConformanceVectors.cases(in: file) {
                guard case .skipped(let reason) = conformance.verdict() else {
                    ran += 1
                    continue
                }
                found.append("\(conformance.path): \(reason)")
                reasons[reason, default: 0] += 1
            }
        }
        #expect(found == listed)
        #expect(ran == 1724)
        #expect(
            reasons == [
                "needs protobuf messages": 700,
                "builds a protobuf wrapper message": 14,
                "binds a protobuf enum": 2,
                "is about the static type checker": 14,
                "expects a backslash that the source does not have": 2,
            ])
    }
}
