import Engine
import JSON
import Stores
import Wire

/// What an operator does to a whole function.
extension World {
    func pauseOrResume() throws {
        // What handles failures is not paused: its runs are counted. Nor is what collects invocations: when its runs
        // begin is not foreseen, before the end of the pause or after it.
        let functions = program.functions.filter { $0.id != "onEnd" && ($0.id != "child" || $0.flow.batch == nil) }
        guard let id = functions.map(\.id).sorted().randomElement(using: &dice) else { return }
        if model.paused[id] != nil { return try resume(id) }
        let period = [Duration.zero, .seconds(99), .seconds(5003), .seconds(7 * 86_400)].randomElement(using: &dice)
        trace.add(now, "pause \(id), cancel after \(period as Any)")
        model.coverage.note(.pauses)
        try perform(PauseFunction("app-\(id)", cancelAfter: period ?? .zero)) { _ in
            model.paused[id] = now + (period ?? .zero)
        }
    }

    func resume(_ id: String) throws {
        trace.add(now, "resume \(id)")
        model.coverage.note(.resumes)
        lines = [:]
        try perform(ResumeFunction("app-\(id)")) { _ in model.paused.removeValue(forKey: id) }
    }
}
