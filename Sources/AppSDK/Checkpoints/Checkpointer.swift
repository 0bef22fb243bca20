import JSON
import Logging
import Wire

/// Reports the finished steps of one call while its function goes on.
actor Checkpointer {
    /// What a report came to.
    enum Verdict: Sendable {
        /// The function may go on.
        case goOn
        /// The orchestrator could not be told: the steps belong into the answer to the call.
        case undelivered
        /// Another call has taken the run over: nothing that this one does counts any more.
        case stale
    }

    private let call: CallRequest
    private let policy: Checkpointing
    private let api: API
    private let configuration: Configuration
    private let started: Timestamp
    /// Finished steps that are not reported yet.
    private(set) var gathered: [Op] = []
    private var verdict = Verdict.goOn
    private var sending: Task<Void, Never>?
    private var timer: Task<Void, Never>?

    /// Nil where a call is not of the kind that goes on: it retries something, runs one step, plans only, or names no
    /// queue item that a checkpoint could be for.
    init?(_ call: CallRequest, policy: Checkpointing, api: API) {
        guard policy.isOn, call.targetStep == nil, !call.disableImmediateExecution, call.attempt == 0,
            !call.functionID.isEmpty, !call.queueItemID.isEmpty
        else { return nil }
        self.call = call
        self.policy = policy
        self.api = api
        configuration = api.configuration
        started = configuration.clock()
    }

    /// Whether no further step is to begin in this call.
    nonisolated var isTimeUp: Bool {
        configuration.clock() - started >= max(policy.maxRuntime.duration, .seconds(1))
    }

    /// Takes finished steps, and reports what has gathered when it is time.
    func gather(_ ops: [Op]) async -> Verdict {
        gathered += ops
        let size = gathered.reduce(0) { $0 + ($1.data?.bytes.count ?? 0) }
        if gathered.count >= policy.maxSteps || size > Checkpointing.maximumGatheredSize { return await flush() }
        startTimer()
        return verdict
    }

    /// Reports what has gathered.
    func flush() async -> Verdict {
        timer?.cancel()
        timer = nil
        while let sending { await sending.value }
        guard case .goOn = verdict, !gathered.isEmpty else { return verdict }
        let ops = gathered
        let task = Task {
            verdict = await deliver(ops)
            if case .goOn = verdict { gathered.removeFirst(ops.count) }
            // Before the task ends, for who waits for it looks again.
            sending = nil
        }
        sending = task
        await task.value
        return verdict
    }

    /// The call ends: takes the last reports, and leaves in ``gathered`` what belongs into the answer.
    ///
    /// - Parameter room: how many reports the answer has room for.
    func finish(_ ops: [Op], room: Int) async -> Verdict {
        timer?.cancel()
        while let sending { await sending.value }
        gathered += ops
        return gathered.count > room ? await flush() : verdict
    }

    private func startTimer() {
        guard timer == nil, let interval = policy.maxInterval else { return }
        let pause = configuration.checkpointPause
        timer = Task { [weak self] in
            do { try await pause(interval.duration) } catch { return }
            await self?.timerFired()
        }
    }

    private func timerFired() async {
        timer = nil
        _ = await flush()
    }

    // MARK: The request

    private static let attempts = 5

    private func deliver(_ ops: [Op]) async -> Verdict {
        let body = body(of: ops)
        let path = "/v1/checkpoint/\(call.runID)/async"
        var delay = Duration.milliseconds(100)
        for attempt in 1...Self.attempts {
            if attempt > 1 {
                do { try await configuration.pause(delay * Double.random(in: 1...1.5)) } catch { break }
                delay *= 2
            }
            let answer = try? await api.send(
                "POST", path, headers: ["content-type": "application/json"], body: Array(body.bytes))
            guard let answer else { continue }
            if answer.isSuccess { return .goOn }
            if answer.status == 409 { return .stale }
            // What is wrong with the request stays wrong.
            if answer.status < 500, answer.status != 429 { break }
        }
        return .undelivered
    }

    private func body(of ops: [Op]) -> JSON {
        [
            "fn_id": .string(call.functionID), "generation_id": .int(call.generation),
            "qi_id": .string(call.queueItemID), "request_id": .string(call.requestID),
            "request_started_at": .int(started.milliseconds), "run_id": .string(call.runID.description),
            "steps": .array(ops.map(\.json)), "ts": .int(configuration.clock().milliseconds),
        ]
    }
}
