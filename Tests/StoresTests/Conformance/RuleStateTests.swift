import Engine
import JSON
import Testing
import Wire

@Suite struct RuleStateTests {
    private func key(_ hash: String, _ rule: RuleKey.Rule = .debounce, _ function: String = "f") -> RuleKey {
        RuleKey(function: Sample.function(function), rule: rule, hash: hash)
    }

    private func state(_ key: RuleKey, _ number: Int = 1) -> RuleState {
        RuleState(key: key, value: ["n": .int(number), "text": "é\u{1F600}"], expiresAt: Sample.time(Int64(number)))
    }

    @Test(arguments: StoreKind.all) func keepsOneStateForAKey(kind: StoreKind) throws {
        let opened = try kind.open()
        let keys = [key("a"), key("a", .batch), key("a", .debounce, "g"), key("b")]
        try opened.write { $0.ruleStates = keys.enumerated().map { state($1, $0) } }
        try opened.write { $0.ruleStates = [state(key("a"), 9)] }
        #expect(try opened.store.ruleStates([key("a")]) == [state(key("a"), 9)])
        #expect(try Set(opened.store.ruleStates(keys + [key("none")]).map(\.key)) == Set(keys))
        try opened.write { $0.removedRuleStates = [key("a"), key("none")] }
        #expect(try Set(opened.store.ruleStates(keys).map(\.key)) == Set(keys.dropFirst()))
    }

    @Test(arguments: StoreKind.all) func keepsAStateThatDoesNotExpire(kind: StoreKind) throws {
        let opened = try kind.open()
        let kept = RuleState(key: key("a"), value: .null)
        try opened.write { $0.ruleStates = [kept] }
        #expect(try opened.store.ruleStates([key("a")]) == [kept])
    }

    @Test(arguments: StoreKind.all) func walksOverTheStatesOfARule(kind: StoreKind) throws {
        let opened = try kind.open()
        try opened.write {
            $0.ruleStates =
                ["d", "b", "a", "c"].map { state(key($0)) } + [
                    state(key("b", .batch)), state(key("b", .debounce, "g")),
                ]
        }
        func walk(_ after: String, _ limit: Int) throws -> [String] {
            try opened.store.ruleStates(of: Sample.function(), rule: .debounce, after: after, limit: limit).map(
                \.key.hash)
        }
        #expect(try walk("", 3) == ["a", "b", "c"])
        #expect(try walk("c", 3) == ["d"])
        #expect(try walk("d", 3).isEmpty)
    }

    @Test(arguments: StoreKind.all) func keepsJobsWithTheirProgress(kind: StoreKind) throws {
        let opened = try kind.open()
        var selection = RunSelection(
            functions: [Sample.function()], statuses: [.failed, .skipped], since: Sample.start, until: Sample.time(5),
            condition: "event.data.x == \"é\"", runs: [Sample.id(1), Sample.id(2)], failure: "abc")
        selection.pausedSince = Sample.time(1)
        var job = BulkJob(
            id: Sample.id(7), kind: .replay, selection: selection, createdAt: Sample.time(3), reason: "why",
            expected: 7)
        try opened.write { $0.jobs = [job] }
        #expect(try opened.store.jobs([Sample.id(7), Sample.id(8)]) == [job])
        (job.status, job.endedAt, job.position, job.cursor, job.done, job.failed) =
            (.done, Sample.time(9), 2, "x", 5, 1)
        try opened.write {
            $0.jobs = [job]
            $0.jobRuns = [BulkJobRun(job: job.id, run: Sample.id(1), newRun: Sample.id(3), error: "no")]
        }
        #expect(try opened.store.jobs([Sample.id(7)]) == [job])
    }

    @Test(arguments: StoreKind.all) func scansRunsInTheirOrder(kind: StoreKind) throws {
        let opened = try kind.open()
        try opened.write {
            $0.newRuns = [
                Sample.run(3), Sample.run(1, status: .running), Sample.run(2, status: .completed),
                Sample.run(4, function: "g"), Sample.run(5, status: .skipped), Sample.run(6),
            ]
        }
        func scan(
            _ function: String?, _ status: Run.Status = .scheduled, after: Int = 0, before: Int = 99, limit: Int = 10
        ) throws -> [ULID] {
            try opened.store.scanRuns(
                RunScan(
                    function: function.map { Sample.function($0) }, status: status, after: Sample.id(after),
                    before: Sample.id(before), limit: limit))
        }
        #expect(try scan("f") == [3, 6].map(Sample.id))
        #expect(try scan("f", .running) == [Sample.id(1)])
        #expect(try scan(nil) == [3, 4, 6].map(Sample.id))
        #expect(try scan("f", after: 3) == [Sample.id(6)])
        #expect(try scan("f", before: 6) == [Sample.id(3)])
        #expect(try scan(nil, limit: 2) == [3, 4].map(Sample.id))
        #expect(try scan("f", .skipped) == [Sample.id(5)])
        var ended = Sample.run(3)
        ended.status = .cancelled
        try opened.write { $0.changedRuns = [ended] }
        #expect(try scan("f") == [Sample.id(6)])
    }

    @Test(arguments: StoreKind.all) func tellsTheKeysOfTimersApart(kind: StoreKind) throws {
        let opened = try kind.open()
        let items: [QueueItem] = [
            Sample.item(.runTimer(Sample.id(1), .startTimeout), .startTimeout),
            Sample.item(.runTimer(Sample.id(1), .finishTimeout), .finishTimeout),
            Sample.item(.step(Sample.key(1, "s")), .wake), Sample.item(.rule(key("a")), .collection),
            Sample.item(.rule(key("a", .batch)), .collection), Sample.item(.function(Sample.function()), .pauseEnd),
            Sample.item(.job(Sample.id(1)), .job),
        ]
        try opened.write { $0.queueItems = items }
        for item in items { #expect(try opened.store.queueItems([item.key]) == [item]) }
        #expect(try opened.store.dueItems(.timer, at: Sample.time(10), limit: 10).count == items.count)
        try opened.write { $0.endedRuns = [Sample.id(1)] }
        let left = try opened.store.dueItems(.timer, at: Sample.time(10), limit: 10)
        #expect(Set(left.map(\.key)) == Set(items[3...].map(\.key)), "a run's timers go with it")
    }

    @Test(arguments: StoreKind.all) func keepsWhatAnEventWasStoppedBy(kind: StoreKind) throws {
        let opened = try kind.open()
        let decision = Decision(
            function: Sample.function(), gate: .debounce, run: Sample.id(1), batch: Sample.id(2), hash: "a",
            state: ["key": "é"])
        var stored = Sample.event(5)
        stored.decisions = [decision]
        try opened.write { $0.events = [stored, Sample.event(6)] }
        #expect(
            try opened.store.events([Sample.id(5), Sample.id(6)]).map(\.internalID) == [Sample.id(5), Sample.id(6)])
    }

    @Test(arguments: StoreKind.all) func findsCancelRulesAmongWaits(kind: StoreKind) throws {
        let opened = try kind.open()
        let rule = Wait(
            key: StepKey(run: Sample.id(1), step: StepID(hash: "cancel:0")), label: "cancelOn",
            registeredAt: Sample.start, expiresAt: Sample.time(7),
            target: .cancellation(name: "go", expression: "async.data.x == 1", index: [.init(path: "p", value: "1")]))
        let pending = Wait(
            key: Sample.key(2, "i"), label: "", registeredAt: Sample.start, expiresAt: Sample.time(7),
            target: .invocation(run: nil, function: "child"))
        try opened.write { $0.waits = [rule, pending] }
        let found = try opened.store.waits(eventName: "go", index: [.init(path: "p", value: "1")])
        #expect(found.map(\.key) == [rule.key])
        guard case .cancellation("go", "async.data.x == 1", _) = found.first?.target else {
            Issue.record("it cancels: \(found)")
            return
        }
        #expect(try opened.store.waits([pending.key]) == [pending])
    }
}
