import Engine
import JSON
import Wire

/// What steps answered. Their code does not run in the test. Those that only send run: nothing leaves the test.
extension CopiedTest {
    var stubs: [String] {
        var ends: [StepID: HistoryEntry] = [:]
        for entry in history where entry.kind == .stepCompleted || entry.kind == .stepFailed {
            if let step = entry.step { ends[step] = entry }
        }
        var seen: Set<String> = []
        return steps.compactMap { step in
            guard let end = ends[step.id] else { return nil }
            if ["step.sendEvent", "step.sendSignal"].contains(end.detail["type"]?.string) { return nil }
            let label = SwiftCode.literal(end.detail["label"]?.string ?? step.label)
            guard seen.insert(label).inserted else {
                return SwiftCode.comment("\(label) ran more than once: all get one answer here.")
            }
            let failure = end.kind == .stepFailed ? end.detail["error"] ?? .null : nil
            return stub(label, answering: step.value, failure: failure)
        }
    }

    private func stub(_ label: String, answering value: JSON, failure: JSON?) -> String {
        // Where other functions run, too, they may have steps of this name.
        let owner = history.contains { $0.kind == .invokeStarted } ? ", of: \(SwiftCode.literal(functionID))" : ""
        switch CopiedValue(value) {
        case .tooLarge(let bytes):
            return SwiftCode.comment(
                "\(label) answered \(bytes) bytes, which is too much to stand here: its own code runs.")
        case .whole(let value):
            guard let failure else {
                return
                    "try await orchestrator.stub(\(label)\(owner), returning: \(SwiftCode.typed(value["data"] ?? .null)))"
            }
            let error = SwiftCode.literal(failure["message"]?.string ?? "failed")
            return "await orchestrator.stub(\(label)\(owner), throwing: NonRetriableError(\(error)))"
        }
    }
}
