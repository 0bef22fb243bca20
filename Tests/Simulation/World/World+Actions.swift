import Engine
import JSON
import Wire

/// Whatever may happen.
extension World {
    package func happen() throws {
        switch Int.random(in: 0..<28, using: &dice) {
        case 0..<6: try sendEvents()
        case 6..<12: try callApp()
        case 12..<17: try deliver()
        case 17: try deliverAgain()
        case 18: if one(in: 2) { try cancel() }
        case 19, 20: try jump()
        case 21, 22: try goToNextTimer()
        case 23: room = Int.random(in: 0...6, using: &dice)
        case 24: try sync()
        case 25: try pauseOrResume()
        case 26: if one(in: 3) { try crash() }
        default: if one(in: 2) { try failStore() }
        }
        try tick()
    }

    // MARK: Events

    private func sendEvents() throws {
        let events = (0..<Int.random(in: 1...4, using: &dice)).map { _ in event() }
        trace.add(now, "events \(events)")
        try perform(IngestEvents(events)) { outcome in
            guard outcome.ids.count == events.count else { throw Violation("\(outcome.error?.description ?? "")") }
            acceptedEvents.formUnion(outcome.ids)
            for (event, id) in zip(events, outcome.ids) {
                let time = event["ts"]?.int.map { Timestamp(milliseconds: Int64($0)) } ?? now
                model.take(
                    SimulatedEvent(
                        id: id, name: event["name"]?.string ?? "", data: event["data"] ?? .emptyObject,
                        senderID: event["id"]?.string, time: time),
                    now: now)
                model.coverage.note(.events)
            }
        }
    }

    private func event() -> JSON {
        let id: JSON? = one(in: 4) ? .string("id\(Int.random(in: 0..<4, using: &dice))") : nil
        let time: Timestamp =
            switch Int.random(in: 0..<10, using: &dice) {
            case 0: now + .seconds(605)
            case 1: Timestamp(milliseconds: now.milliseconds - 5003)
            default: now
            }
        return [
            "data": data(), "id": id,
            "name": .string(["e1", "e1", "e1", "e2", "a/b", "go", "stop", "none"].randomElement(using: &dice) ?? "e1"),
            "ts": .int(time.milliseconds),
        ]
    }

    private func data() -> JSON {
        let keys: [JSON?] = [nil, .null, 1, "1", "a", "a", "b", true, ["x": 1]]
        let priorities: [JSON?] = [nil, nil, 45, 1000, -30, "x", 2.7]
        let key = keys.randomElement(using: &dice) ?? nil
        let isHuge = one(in: 12)
        if key?.isNull ?? true { model.coverage.note(.emptyKeys) }
        if isHuge { model.coverage.note(.hugeKeys) }
        return [
            "big": isHuge ? .string(String(repeating: "x", count: 5000)) : nil, "k": key,
            "n": .int(Int.random(in: 0..<5, using: &dice)), "p": priorities.randomElement(using: &dice) ?? nil,
        ]
    }

    // MARK: The app

    /// A call arrives at the app, which runs what it is asked to run.
    func callApp() throws {
        guard !waiting.isEmpty else { return try deliver() }
        let call = waiting.remove(at: Int.random(in: 0..<waiting.count, using: &dice))
        if isRough, one(in: 15) {
            model.coverage.note(.failedCalls)
            let error = ReportedError(name: "Rough", message: "no luck")
            return underway.append((call, .failed(error, retriable: true, retryAfter: nil)))
        }
        guard let run = model.run(call.request.runID), let app = model.functions[run.function]?.plan else {
            throw Violation("a call for no function")
        }
        var ran: [StepKey] = []
        let outcome = app.answer(call.request) { ran.append(StepKey(run: call.request.runID, step: $0)) }
        for key in ran { try expectFirst(key) }
        underway.append((call, outcome))
    }

    private func expectFirst(_ key: StepKey) throws {
        if acknowledged.contains(key) { throw Violation("step \(key) ran again after it was acknowledged") }
        let others = underway.filter { finished(by: $0.outcome, of: $0.call.request.runID).contains(key) }
        if !others.isEmpty { throw Violation("step \(key) ran twice at once") }
    }

    private func finished(by outcome: CallOutcome, of run: ULID) -> [StepKey] {
        guard case .ops(let ops, _) = outcome else { return [] }
        return ops.filter { $0.code == .stepRun || $0.code == .stepFailed }.map { StepKey(run: run, step: $0.id) }
    }

    /// An answer arrives at the orchestrator.
    func deliver() throws {
        guard !underway.isEmpty else { return }
        let (call, outcome) = underway.remove(at: Int.random(in: 0..<underway.count, using: &dice))
        let answer = FinishCall(call.key, lease: call.lease, outcome: outcome, status: 206, requestVersion: version)
        let isLive = model.run(call.request.runID)?.isLive ?? false
        trace.add(now, "answer for \(call.request.runID): \(outcome)")
        delivered.append(answer)
        model.open.removeAll { $0.call.lease == call.lease }
        try perform(answer) { result in
            model.coverage.note(isLive ? .answers : .lateAnswers)
            guard (result == .applied) == isLive else {
                throw Violation("an answer for \(isLive ? "a live" : "an ended") run was \(result): \(call.key)")
            }
            if isLive { acknowledged.formUnion(finished(by: outcome, of: call.request.runID)) }
        }
    }

    private func deliverAgain() throws {
        guard let answer = delivered.randomElement(using: &dice) else { return }
        model.coverage.note(.doubledAnswers)
        if try perform(answer) != .stale { throw Violation("an answer counted twice: \(answer.key)") }
    }

    // MARK: People

    private func cancel() throws {
        guard let run = model.runs.randomElement(using: &dice), let id = run.id else { return }
        trace.add(now, "cancel \(id)")
        do {
            try perform(CancelRun(id)) { _ in
                if !run.isLive { throw Violation("run \(id) has ended and was cancelled") }
                model.cancel(run, .cancels)
            }
        } catch let refusal as Refusal {
            if run.isLive { throw Violation("run \(id) could not be cancelled: \(refusal)") }
        }
    }

    private func sync() throws {
        program = programs.changed(program)
        trace.add(now, "sync \(program.functions.map(\.json))")
        model.coverage.note(.syncs)
        lines = [:]
        try perform(SyncApp(program.registration())) { _ in model.register(program, now: now) }
    }

    // MARK: Time

    private func jump() throws {
        model.coverage.note(.jumps)
        let target = now + .milliseconds(Int.random(in: 0...4_000_000, using: &dice))
        // At the end of a pause its runs are cancelled in slices, so what fell due later may come before.
        now = min(target, model.paused.values.compactMap { $0 }.min() ?? target)
        trace.add(now, "the clock jumps")
    }

    private func goToNextTimer() throws {
        guard let next = engine.nextDue(hasRoom: openCalls < room), next < now + .seconds(86_400) else { return }
        model.coverage.note(.nextTimers)
        now = max(now, next)
        trace.add(now, "the next timer is due")
    }
}
