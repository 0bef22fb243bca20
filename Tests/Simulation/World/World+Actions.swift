import Engine
import JSON
import Wire

/// Whatever may happen.
extension World {
    package func happen() throws {
        if size > 1, one(in: 4) {
            try shake()
            try tick()
        }
        switch Int.random(in: 0..<36, using: &dice) {
        case 0..<5: try perform([sendEvents()])
        case 5..<12: try callApp()
        case 12..<17: try deliver()
        case 17, 18: try deliverTogether()
        case 19: try deliverAgain()
        case 20, 21: try finishFetch()
        case 22, 23: try jump()
        case 24, 25: try goToNextTimer()
        case 26: room = Int.random(in: 0...6, using: &dice)
        case 27: try sync()
        case 28: try pauseOrResume()
        case 29: if one(in: 3) { try crash() }
        case 30: if one(in: 2) { try failStore() }
        case 31: try endpoint()
        default: try operate()
        }
        try tick()
    }

    /// What comes in at the same moment shares a transaction.
    private func deliverTogether() throws {
        var deeds = [sendEvents()]
        var busy: Set<ULID> = []
        while deeds.count < 4, let answer = nextAnswer(except: busy) {
            deeds.append(answer.deed)
            busy.insert(answer.run)
        }
        if deeds.count > 1 { model.coverage.note(.together) }
        try perform(deeds)
    }

    // MARK: Events

    /// - Parameter cancelling: whether some may cancel runs.
    func sendEvents(cancelling: Bool = true) -> Deed {
        let events = (0..<Int.random(in: 1...4, using: &dice)).map { _ in event() }
            .filter { cancelling || !["stop", "e2"].contains($0["name"]?.string) }
        trace.add(now, "events \(events.map { Trace.text($0) }.joined(separator: ", "))")
        return Deed(IngestEvents(events)) { [self] outcome in
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

    // MARK: Time

    private func jump() throws {
        model.coverage.note(.jumps)
        let target = now + .milliseconds(Int.random(in: 0...4_000_000, using: &dice))
        // At the end of a pause its runs are cancelled in slices, so what fell due later may come before.
        now = min(target, model.paused.values.compactMap { $0 }.min() ?? target)
        trace.add(now, "the clock jumps")
    }

    func goToNextTimer() throws {
        guard let next = try nextDue(hasRoom: openCalls < room), next < now + .seconds(86_400) else { return }
        model.coverage.note(.nextTimers)
        now = max(now, next)
        trace.add(now, "the next timer is due")
    }
}
