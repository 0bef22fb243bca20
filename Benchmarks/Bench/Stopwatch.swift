import Synchronization

/// Takes times in the app's code.
final class Stopwatch: Sendable {
    typealias Instant = ContinuousClock.Instant

    struct Readings: Sendable {
        var firstStep: Instant?
        var lastStepEnded: Instant?
        /// From the end of a step's code to the start of the next one's. Means something for one run at a time.
        var gaps: [Double] = []
        var calls = 0
        var bytes = 0
        var runsLeft = 0
        var lastRunEnded: Instant?

        var meanCallSize: Int { calls == 0 ? 0 : bytes / calls }
    }

    private let state = Mutex(Readings())

    var readings: Readings { state.withLock { $0 } }

    func reset(runs: Int) {
        state.withLock { state in
            state = Readings()
            state.runsLeft = runs
        }
    }

    func called(bytes: Int) {
        state.withLock { state in
            state.calls += 1
            state.bytes += bytes
        }
    }

    func stepStarted() {
        let now = ContinuousClock.now
        state.withLock { state in
            if state.firstStep == nil { state.firstStep = now }
            if let ended = state.lastStepEnded { state.gaps.append((now - ended).inMilliseconds) }
        }
    }

    func stepEnded() {
        let now = ContinuousClock.now
        state.withLock { $0.lastStepEnded = now }
    }

    func runEnded() {
        let now = ContinuousClock.now
        state.withLock { state in
            state.runsLeft -= 1
            if state.runsLeft == 0 { state.lastRunEnded = now }
        }
    }
}
