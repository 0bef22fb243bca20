import Synchronization

/// Numbers calls.
final class CallCount: Sendable {
    private let calls = Mutex(0)

    func next() -> Int {
        calls.withLock { calls in
            calls += 1
            return calls
        }
    }

    var count: Int { calls.withLock { $0 } }
}
