import Engine
import JSON
import Wire

/// How it ended.
extension CopiedTest {
    var expectations: [String] {
        let function = SwiftCode.literal(functionID)
        // A schedule may have come round again meanwhile.
        let found =
            run.cron == nil
            ? "await orchestrator.run(of: \(function))" : "#require(await orchestrator.runs(of: \(function)).first)"
        let names = SwiftCode.literal(.array(steps.map { .string($0.label) }))
        return [
            "let run = try \(found)", "#expect(run.status == .\(run.status.name.lowercased()))",
            "#expect(\(isParallel ? "Set(run.stepNames)" : "run.stepNames") == \(names))",
        ] + outcome
    }

    private var outcome: [String] {
        guard let output = run.output, let output = CopiedValue(output).json else { return [] }
        switch run.status {
        case .completed where !output.isNull: return ["#expect(try run.output() == \(SwiftCode.typed(output)))"]
        case .failed:
            let message = output["message"]?.string ?? ""
            return message.isEmpty ? [] : ["#expect(run.failure?.message == \(SwiftCode.literal(message)))"]
        default: return []
        }
    }
}
