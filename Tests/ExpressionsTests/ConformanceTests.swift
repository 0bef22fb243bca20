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

    /// Lists what is left out and why, so that nothing is left out silently. The numbers change only with the vectors.
    @Test("The cases that are left out, by reason")
    func skipped() throws {
        var (ran, reasons) = (0, [String: Int]())
        for file in ConformanceCase.files {
            for conformance in try ConformanceCase.cases(in: file) {
                if let reason = conformance.skipReason { reasons[reason, default: 0] += 1 } else { ran += 1 }
            }
        }
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
