import Foundation
import JSON
import Testing

@testable import Expressions

@Suite("Strict mode passes the conformance cases of CEL")
struct ConformanceTests {
    @Test("Every case that needs no protobuf", arguments: ConformanceCase.files)
    func passes(file: String) throws {
        for conformance in try ConformanceCase.cases(in: file) where conformance.skipReason == nil {
            try conformance.check()
        }
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
        for file in ConformanceCase.files {
            for conformance in try ConformanceCase.cases(in: file) {
                guard let reason = conformance.skipReason else {
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
