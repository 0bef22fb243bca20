import JSON
import Wire

/// The gates that an event goes through, in the documented order.
extension Model {
    func take(_ event: SimulatedEvent, now: Timestamp) {
        cancelRuns(by: event, now: now)
        for id in functions.keys.sorted() {
            guard let function = functions[id], function.isTriggered(by: event) else { continue }
            take(event, for: function, now: now)
        }
    }

    /// Runs that were made before the event came and that it cancels.
    private func cancelRuns(by event: SimulatedEvent, now: Timestamp) {
        for run in liveRuns {
            guard let rules = functions[run.function]?.flow.cancellation else { continue }
            let cancels = rules.contains { rule in
                rule.event == event.name && rule.timeout.map { now < run.createdAt + $0 } ?? true
                    && Meaning.holds(rule.condition, for: run.data, and: event.data)
            }
            if cancels { cancel(run, .cancelledByEvent) }
        }
    }

    func take(_ event: SimulatedEvent, for function: SimulatedFunction, now: Timestamp) {
        let (flow, id) = (function.flow, function.id)
        if paused[id] != nil { return skip(function, [event], .pausedSkipped) }
        if let rule = flow.batch { return batch(event, rule, function, now: now) }
        if let expression = flow.idempotency {
            let gate = GateKey(id, "idempotency", key: expression, for: event.data)
            let isLimited = !gate.key.isNull && gate.key != .bool(false)
            if isLimited, !once.admits(gate, now: now) { return coverage.note(.idempotent) }
        } else if let rule = flow.rateLimit, !rateLimits.admits(rule, id, event.data, now: now) {
            return coverage.note(.rateLimited)
        }
        if let rule = flow.debounce {
            if debounces.take(event, rule, id, now: now) { coverage.note(.debounceMoved) }
            return
        }
        start(function, [event], at: event.time, id: event.senderID, now: now)
    }

    private func batch(_ event: SimulatedEvent, _ rule: Batching, _ function: SimulatedFunction, now: Timestamp) {
        guard Meaning.holds(rule.condition, for: event.data) else {
            coverage.note(.batchAlone)
            return start(function, [event], at: event.time, now: now)
        }
        guard let events = batches.take(event, rule, function.id, now: now) else { return }
        coverage.note(.batchFull)
        start(function, events, at: now, now: now)
    }

    /// The last gates, and the run.
    ///
    /// - Parameters:
    ///   - time: when it may begin.
    ///   - eventID: an id that starts a function once in 24 hours.
    func start(
        _ function: SimulatedFunction, _ events: [SimulatedEvent], at time: Timestamp, id eventID: String? = nil,
        now: Timestamp
    ) {
        let mark = eventID.map { GateKey(function.id, eventID: $0) }
        if let rule = function.flow.singleton, let data = events.first?.data {
            let gate = GateKey(function.id, "singleton", key: rule.key, for: data)
            let holder = holder(of: gate, rule, function.id)
            switch rule.mode {
            case .skip:
                if holder != nil { return skip(function, events, .singletonSkipped) }
            case .cancel:
                if let mark, once.isUsed(mark, now: now) { return coverage.note(.sameIDs) }
                if let holder { cancel(holder, .singletonCancelled) }
            }
        }
        if let mark, !once.admits(mark, now: now) { return coverage.note(.sameIDs) }
        if time > now { coverage.note(.delayedEvents) }
        expect(ModelRun(function.id, events, createdAt: now, scheduledFor: max(now, time)))
    }

    /// A run is made again, with the same events, past all gates but the singleton's.
    ///
    /// - Returns: whether it may be.
    func repeats(_ run: ModelRun, now: Timestamp) throws -> Bool {
        guard let function = functions[run.function] else { return false }
        if let rule = function.flow.singleton {
            let gate = GateKey(function.id, "singleton", key: rule.key, for: run.data)
            if let holder = holder(of: gate, rule, function.id) {
                guard rule.mode == .cancel else { return false }
                cancel(holder, .singletonCancelled)
            }
        }
        if !World.isUnforeseen(function.id) { expect(ModelRun(function.id, run.events, createdAt: now)) }
        return true
    }

    private func holder(of gate: GateKey, _ rule: Singleton, _ function: String) -> ModelRun? {
        liveRuns.first {
            $0.function == function && GateKey(function, "singleton", key: rule.key, for: $0.data) == gate
        }
    }

    /// Nothing is started, and a skipped run says so.
    private func skip(_ function: SimulatedFunction, _ events: [SimulatedEvent], _ cause: Coverage.Feature) {
        coverage.note(cause)
        skipped.append((function.id, events))
    }
}
