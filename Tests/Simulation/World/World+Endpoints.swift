import Engine
import JSON
import Wire

/// Runs that an HTTP endpoint begins by itself.
extension World {
    func endpoint() throws {
        let open = model.liveRuns.filter { $0.function == Program.endpoint }
        if let run = open.randomElement(using: &dice), let id = run.id, one(in: 2) { return try report(id) }
        let id = ULID(time: now, random: 0)
        guard model.run(id) == nil else { return }
        trace.add(now, "an endpoint begins \(id)")
        let event: JSON = [
            "data": ["domain": "localhost:1", "method": "POST", "path": "/order"],
            "name": .string(InternalEvent.httpRequest),
        ]
        let begin = BeginEndpointRun(id: id, event: event, ops: [step("s1", id)], retries: 2, requestVersion: version)
        try perform(begin) { _ in
            model.coverage.note(.endpoints)
            let run = ModelRun(Program.endpoint, [], createdAt: now)
            run.startedAt = now
            model.adopt(run, id)
        }
    }

    private func step(_ name: String, _ run: ULID) -> Op {
        acknowledged.insert(StepKey(run: run, step: StepID(name)))
        return Op(.stepRun, id: StepID(name), displayName: name, data: ["ran": .string(name)])
    }

    /// Refused where the endpoint was taken for dead, and goes on in calls.
    private func report(_ id: ULID) throws {
        let end = Op(.runComplete, id: StepID("complete"), data: ["body": "done", "status": 200])
        trace.add(now, "an endpoint ends \(id)")
        do {
            try perform(ReportEndpointSteps(run: id, function: nil, ops: [end]))
        } catch let refusal as Refusal {
            let isCalled = try store.queueItems(of: id).contains {
                $0.lease != nil || $0.attempt > 0 || $0.key.step != nil
            }
            if !isCalled { throw Violation("what an endpoint reports of \(id) was refused: \(refusal)") }
        }
    }
}
