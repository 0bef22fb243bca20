import JSON
import Synchronization

/// Results that steps get without running.
final class StepStubs: Sendable {
    private struct Name: Hashable {
        let function: String?
        let step: String
    }

    private struct Stub {
        let result: Result<JSON, any Error>
        /// How often it still counts; nil for ever.
        var times: Int?
    }

    private let stubs = Mutex<[Name: Stub]>([:])

    func set(_ result: Result<JSON, any Error>, function: String?, step: String, times: Int? = nil) {
        stubs.withLock { $0[Name(function: function, step: step)] = Stub(result: result, times: times) }
    }

    func removeAll() { stubs.withLock { $0 = [:] } }

    /// - Parameter function: `<app id>-<function id>`; a stub for one function names the latter part.
    func result(function: String, step: String) -> Result<JSON, any Error>? {
        stubs.withLock { stubs in
            let candidates = stubs.filter { name, stub in
                name.step == step && stub.times != 0
                    && (name.function.map { function == $0 || function.hasSuffix("-\($0)") } ?? true)
            }
            // The one that says most about the function, whatever the order of the dictionary.
            guard let name = candidates.keys.max(by: { ($0.function?.count ?? -1) < ($1.function?.count ?? -1) })
            else { return nil }
            if let times = stubs[name]?.times { stubs[name]?.times = times - 1 }
            return candidates[name]?.result
        }
    }
}
