import Engine
import JSON
import Stores
import Wire

/// What an operator does to a whole function.
extension World {
    func pauseOrResume() throws {
        // What handles failures is not paused: its runs are counted.
        guard let id = program.functions.map(\.id).filter({ $0 != "onEnd" }).sorted().randomElement(using: &dice) else {
            return
        }
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
