import Engine
import Synchronization

/// What happened since this process started. The engine's thread adds, anyone may read.
final class Counters: Sendable {
    private let state = Mutex((tally: Tally(), callsStarted: 0, fetchesStarted: 0))

    func add(_ batch: Engine.Batch) {
        state.withLock {
            $0.tally.add(batch.tally)
            $0.callsStarted += batch.calls.count
            $0.fetchesStarted += batch.fetches.count
        }
    }

    var read: (tally: Tally, callsStarted: Int, fetchesStarted: Int) { state.withLock { $0 } }
}
