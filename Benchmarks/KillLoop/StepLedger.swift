import Synchronization
import Wire

/// What the app saw: which calls came, which memos they carried, and which steps' code ran in them.
final class StepLedger: Sendable {
    /// A call as it arrived.
    struct Arrival: Sendable {
        let run: ULID
        /// Counts all calls in the order of their arrival.
        let number: Int
        /// The call's id.
        let lease: ULID

        /// When an orchestrator leased it: the time in the id.
        var leasedAt: Timestamp { lease.time }
    }

    /// One time that the code of a step ran.
    struct Execution: Sendable {
        let call: Arrival
        let attempt: Int
    }

    /// A step of a run.
    struct Key: Hashable, Sendable {
        let run: ULID
        let step: StepID
    }

    struct State: Sendable {
        var calls = 0
        var executions: [Key: [Execution]] = [:]
        /// The first call that carried a step's memo.
        var delivered: [Key: Arrival] = [:]
    }

    /// The call in which the current task runs.
    @TaskLocal static var call: Arrival?

    private let state = Mutex(State())

    var seen: State { state.withLock { $0 } }

    func arrived(_ call: CallRequest) -> Arrival {
        state.withLock { state in
            state.calls += 1
            let lease = ULID(call.requestID) ?? ULID(0)
            let arrival = Arrival(run: call.runID, number: state.calls, lease: lease)
            for step in call.steps {
                let key = Key(run: call.runID, step: step.id)
                if state.delivered[key] == nil { state.delivered[key] = arrival }
            }
            return arrival
        }
    }

    /// To be called by the code of a step.
    func ran(_ step: String, attempt: Int) {
        guard let call = Self.call else { return }
        state.withLock { state in
            state.executions[Key(run: call.run, step: StepID(step)), default: []]
                .append(Execution(call: call, attempt: attempt))
        }
    }
}
