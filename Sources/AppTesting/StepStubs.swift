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
            let name = stubs.keys.first { name in
                name.step == step && (name.function.map { function == $0 || function.hasSuffix("-\($0)") } ?? true)
            }
            guard let name, var stub = stubs[name] else { return nil }
            if let times = stub.times {
                if times == 0 { return nil }
                stub.times = times - 1
                stubs[name] = stub
            }
            return stub.result
        }
    }
}
