import JSON
import Wire

/// What falls due by itself.
extension Model {
    private enum Due {
        case debounce(GateKey, String), batch(GateKey, String), tick(String, String), cancel(ModelRun, Coverage.Feature)
        case pauseEnd(String)
    }

    /// Does what has fallen due by now, the earliest first.
    func advance(to now: Timestamp) {
        while let (time, due) = nextDue(), time <= now { fire(due, due: time, now: now) }
    }

    private func nextDue() -> (Timestamp, Due)? {
        var found: [(Timestamp, Due)] = []
        for (gate, collection) in debounces.open { found.append((collection.due, .debounce(gate, gate.function))) }
        for (gate, collection) in batches.open { found.append((collection.due, .batch(gate, gate.function))) }
        for (key, time) in ticks { found.append((time, .tick(key, String(key.prefix { $0 != " " })))) }
        for (id, end) in paused { if let end { found.append((end, .pauseEnd(id))) } }
        for run in liveRuns {
            guard let timeouts = functions[run.function]?.flow.timeouts else { continue }
            if let startedAt = run.startedAt {
                if let limit = timeouts.finish { found.append((startedAt + limit, .cancel(run, .finishTimedOut))) }
            } else if let limit = timeouts.start {
                found.append((run.scheduledFor + limit, .cancel(run, .startTimedOut)))
            }
        }
        return found.min { $0.0 < $1.0 }
    }

    private func fire(_ due: Due, due time: Timestamp, now: Timestamp) {
        switch due {
        case .debounce(let gate, let id):
            guard let collection = debounces.open[gate] else { return }
            debounces.close(gate)
            coverage.note(collection.isAtTimeout ? .debounceTimedOut : .debounceFired)
            if let function = functions[id] { start(function, [collection.event], at: collection.event.time, now: now) }
        case .batch(let gate, let id):
            guard let collection = batches.open[gate] else { return }
            batches.close(gate)
            coverage.note(.batchTimedOut)
            if let function = functions[id] { start(function, collection.events, at: now, now: now) }
        case .tick(let key, let id):
            tick(key, id, now: now)
        case .cancel(let run, let cause):
            cancel(run, cause)
        case .pauseEnd(let id):
            paused[id] = .some(nil)
            for run in liveRuns where run.function == id { cancel(run, .pauseCancelled) }
        }
    }

    // MARK: Schedules

    /// Where a tick comes due that late, it is missed: nobody was there.
    private static let grace = Duration.seconds(300)

    func planTicks(now: Timestamp) {
        var planned: [String: Timestamp] = [:]
        for function in functions.values {
            for case .every(let minutes) in function.triggers {
                let key = "\(function.id) \(minutes)"
                planned[key] = ticks[key] ?? Self.next(minutes, after: now)
            }
        }
        ticks = planned
    }

    private func tick(_ key: String, _ id: String, now: Timestamp) {
        guard let function = functions[id], let minutes = Int(key.drop { $0 != " " }.dropFirst()) else { return }
        let next = Self.next(minutes, after: now)
        ticks[key] = next
        // Of several that came due meanwhile, the last.
        let latest = Timestamp(milliseconds: next.milliseconds - Int64(minutes) * 60_000)
        guard now <= latest + Self.grace else { return }
        coverage.note(.scheduled)
        let data: JSON = ["cron": .string("*/\(minutes) * * * *")]
        let event = SimulatedEvent(
            id: ULID(time: latest, random: 0), name: InternalEvent.cronTick, data: data,
            senderID: latest.description, time: latest)
        take(event, for: function, now: now)
    }

    private static func next(_ minutes: Int, after time: Timestamp) -> Timestamp {
        let span = Int64(minutes) * 60_000
        return Timestamp(milliseconds: (time.milliseconds / span + 1) * span)
    }
}

extension GateKey {
    /// The function whose rule it is.
    fileprivate var function: String {
        let words = owner.split(separator: " ")
        return words.firstIndex(of: "of").map { String(words[$0 + 1]) } ?? ""
    }
}
