import Engine
import JSON
import Wire

/// What the app does, and what comes of requests that the orchestrator makes for it.
extension World {
    /// A call arrives at the app, which runs what it is asked to run.
    func callApp() throws {
        guard !waiting.isEmpty else { return try deliver() }
        let index = Int.random(in: 0..<waiting.count, using: &dice)
        let call = waiting[index]
        if isRough, one(in: 15) {
            model.coverage.note(.failedCalls)
            let error = ReportedError(name: "Rough", message: "no luck")
            waiting.remove(at: index)
            return underway.append((call, .failed(error, retriable: true, retryAfter: nil)))
        }
        guard let run = model.run(call.request.runID) else { throw Violation("a call for no run") }
        var ran: [StepKey] = []
        let outcome = plan(of: run.function).answer(request(call)) {
            ran.append(StepKey(run: call.request.runID, step: $0))
        }
        for key in ran { try expectFirst(key) }
        if case .ops(let ops, _) = outcome, !ran.isEmpty, ops.allSatisfy(\.isCheckpoint),
            call.request.targetStep == nil, one(in: 3)
        {
            return try checkpoint(call, ops)
        }
        waiting.remove(at: index)
        underway.append((call, concluded(call, outcome)))
    }

    private func plan(of function: String) -> PlannedApp {
        model.functions[function]?.plan ?? PlannedApp(steps: [.run("s1"), .sleep("s2", "10m"), .run("s3")])
    }

    /// A call with what has been reported in it.
    private func request(_ call: Call) -> CallRequest {
        var request = call.request
        request.steps += reported[call.lease] ?? []
        return request
    }

    private func expectFirst(_ key: StepKey) throws {
        if acknowledged.contains(key) { throw Violation("step \(key) ran again after it was acknowledged") }
        let others = underway.filter { finished(by: $0.outcome, of: $0.call.request.runID).contains(key) }
        if !others.isEmpty { throw Violation("step \(key) ran twice at once") }
    }

    func finished(by outcome: CallOutcome, of run: ULID) -> [StepKey] {
        guard case .ops(let ops, _) = outcome else { return [] }
        return ops.filter { $0.code == .stepRun || $0.code == .stepFailed }.map { StepKey(run: run, step: $0.id) }
    }

    // MARK: Checkpoints

    /// The app reports a step, and goes on in the same call.
    private func checkpoint(_ call: Call, _ ops: [Op]) throws {
        let id = call.request.runID
        let isLive = model.run(id)?.isLive ?? false
        trace.add(now, "checkpoint of \(id): \(ops.map(\.label))")
        do {
            try perform(Checkpoint(run: id, function: call.request.functionID, lease: call.lease, ops: ops)) { _ in
                guard isLive else { throw Violation("a checkpoint of \(id), which has ended, was taken") }
                acknowledged.formUnion(ops.map { StepKey(run: id, step: $0.id) })
                model.coverage.note(.checkpoints)
            }
            reported[call.lease, default: []] += ops.map { op in
                (op.id, op.error.map { ["error": $0] } ?? ["data": op.data ?? .null])
            }
        } catch let refusal as Refusal {
            if isLive { throw Violation("a checkpoint of \(id) was refused: \(refusal)") }
            drop(call)
        }
    }

    /// An app that is told that its call is stale gives it up; its answer counts for nothing.
    private func drop(_ call: Call) {
        waiting.removeAll { $0.lease == call.lease }
        underway.append((call, .ops([], retryAfter: nil)))
    }

    /// How a call ends that has reported steps: as an app does that has been at work for too long, or is done.
    private func concluded(_ call: Call, _ outcome: CallOutcome) -> CallOutcome {
        guard reported[call.lease] != nil else { return outcome }
        switch outcome {
        case .returned(let output):
            return .ops([Op(.runComplete, id: StepID("complete"), data: output)], retryAfter: nil)
        case .ops(let ops, _) where ops.allSatisfy { $0.code == .stepPlanned } && one(in: 2):
            return .ops([Op(.discoveryRequest, id: StepID("again"))], retryAfter: nil)
        default:
            return outcome
        }
    }

    // MARK: Answers

    /// An answer arrives at the orchestrator.
    func deliver() throws {
        if let answer = nextAnswer() { try perform([answer.deed]) }
    }

    /// - Parameter busy: runs of which an answer is under way in the same transaction: it may end them.
    func nextAnswer(except busy: Set<ULID> = []) -> Arrival? {
        let indices = underway.indices.filter { !busy.contains(underway[$0].call.request.runID) }
        guard let index = indices.randomElement(using: &dice) else { return nil }
        let (call, outcome) = underway.remove(at: index)
        let answer = FinishCall(call.key, lease: call.lease, outcome: outcome, status: 206, requestVersion: version)
        let id = call.request.runID
        trace.add(now, "answer for \(id): \(Trace.text(outcome))")
        reported[call.lease] = nil
        let deed = Deed(answer) { [self] result in
            delivered.append(answer)
            // What it held is free from now on.
            model.open.removeAll { $0.call.lease == call.lease }
            let isLive = model.run(id)?.isLive ?? false
            model.coverage.note(isLive ? .answers : .lateAnswers)
            guard (result == .applied) == isLive else {
                throw Violation("an answer for \(isLive ? "a live" : "an ended") run was \(result): \(call.key)")
            }
            if isLive { acknowledged.formUnion(finished(by: outcome, of: id)) }
        }
        return Arrival(run: id, deed: deed) { [self] in underway.append((call, outcome)) }
    }

    /// An answer that is taken to an orchestrator.
    struct Arrival {
        let run: ULID
        let deed: Deed
        /// It was not taken, and will be brought again.
        let isPutOff: () -> Void
    }

    func deliverAgain() throws {
        guard let answer = delivered.randomElement(using: &dice) else { return }
        model.coverage.note(.doubledAnswers)
        if try perform(answer) != .stale { throw Violation("an answer counted twice: \(answer.key)") }
    }

    /// A request that was made for a step is answered, or fails.
    func finishFetch() throws {
        guard !fetches.isEmpty else { return }
        let fetch = fetches.remove(at: Int.random(in: 0..<fetches.count, using: &dice))
        let outcome: FetchOutcome =
            one(in: 3)
            ? .failed(ReportedError(name: "GatewayError", message: "no luck"), retriable: one(in: 2), retryAfter: nil)
            : .data(["status_code": 200])
        let isLive = fetch.key.run.flatMap { model.run($0)?.isLive } ?? false
        trace.add(now, "the request for '\(fetch.label)' is answered")
        try perform(FinishFetch(fetch.key, lease: fetch.lease, outcome: outcome)) { result in
            model.coverage.note(.fetches)
            guard (result == .applied) == isLive else {
                throw Violation("a request for \(isLive ? "a live" : "an ended") run was \(result): \(fetch.key)")
            }
        }
    }
}
