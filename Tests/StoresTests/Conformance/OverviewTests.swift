import Engine
import JSON
import Testing
import Wire

@testable import Stores

/// What the dashboard asks of many runs at once.
@Suite struct OverviewTests {
    private func failure(_ number: Int, at milliseconds: Int64, step: String? = "s", _ message: String = "no")
        -> Failure
    {
        Failure(
            run: Sample.id(number), functionID: Sample.function(), endedAt: Sample.time(milliseconds), step: step,
            name: "Error", message: message)
    }

    private func failures(_ open: OpenStore, _ change: (inout FailureQuery) -> Void = { _ in }) throws -> FailureGroups
    {
        var query = FailureQuery(
            since: Sample.start, until: Sample.time(1000), interval: .milliseconds(100), limit: 100)
        change(&query)
        return try #require(open.queries).failureGroups(query)
    }

    @Test(arguments: StoreKind.all) func listsRunsOfSeveralStatusesAndFunctionsInOrder(kind: StoreKind) throws {
        let opened = try kind.open()
        let statuses: [Run.Status] = [.scheduled, .running, .completed, .failed, .cancelled]
        try opened.write { changes in
            changes.newRuns = (0..<40).map {
                Sample.run($0, function: $0 % 2 == 0 ? "f" : "g", status: statuses[$0 % statuses.count])
            }
        }
        let queries = try #require(opened.queries)
        func ids(_ change: (inout RunQuery) -> Void) throws -> [Int] {
            var query = RunQuery(limit: 5)
            change(&query)
            let runs = try queries.runs(query)
            #expect(runs.hasMore)
            return runs.elements.map { Int($0.id.value & 0xFFFF) }
        }
        #expect(try ids { _ in } == [39, 38, 37, 36, 35])
        #expect(try ids { $0.statuses = [.failed, .scheduled] } == [38, 35, 33, 30, 28])
        #expect(try ids { $0.functions = [Sample.function("g")] } == [39, 37, 35, 33, 31])
        let both = [Sample.function("f"), Sample.function("g")]
        #expect(try ids { ($0.functions, $0.statuses) = (both, [.failed]) } == [38, 33, 28, 23, 18])
        #expect(try ids { ($0.functions, $0.before) = (both, Sample.id(20)) } == [19, 18, 17, 16, 15])
    }

    @Test(arguments: StoreKind.all) func countsRunsByStatusUpToALimit(kind: StoreKind) throws {
        let opened = try kind.open()
        try opened.write { changes in
            changes.newRuns =
                (0..<30).map { Sample.run($0, status: .completed) } + (30..<33).map { Sample.run($0, status: .failed) }
                + [Sample.run(33, function: "g", status: .failed)]
        }
        let queries = try #require(opened.queries)
        let all = try queries.runCounts(RunQuery(limit: 1), limit: 100)
        #expect(all[.completed] == 30 && all[.failed] == 4 && all[.running] ?? 0 == 0)
        #expect(try queries.runCounts(RunQuery(limit: 1), limit: 10)[.completed] == 10)
        var query = RunQuery(limit: 1)
        query.functions = [Sample.function()]
        #expect(try queries.runCounts(query, limit: 100)[.failed] == 3)
        query.functions = [Sample.function(), Sample.function("g")]
        #expect(try queries.runCounts(query, limit: 4)[.failed] == 4)
        query.since = Sample.time(1)
        #expect(try queries.runCounts(query, limit: 100)[.failed] ?? 0 == 0)
    }

    @Test(arguments: StoreKind.all) func countsWhatBecameOfTheRunsThatAReplayStarted(kind: StoreKind) throws {
        let opened = try kind.open()
        let job = Sample.id(90)
        try opened.write { changes in
            changes.newRuns = [
                Sample.run(1, status: .failed), Sample.run(11, status: .completed),
                Sample.run(2, status: .failed), Sample.run(12, status: .completed),
                Sample.run(3, status: .failed), Sample.run(13, status: .failed), Sample.run(4, status: .cancelled),
            ]
            changes.jobRuns =
                (1...3).map { BulkJobRun(job: job, run: Sample.id($0), newRun: Sample.id(10 + $0)) }
                + [
                    BulkJobRun(job: job, run: Sample.id(4), error: "refused"),
                    // Deleted since.
                    BulkJobRun(job: job, run: Sample.id(5), newRun: Sample.id(15)),
                    BulkJobRun(job: Sample.id(91), run: Sample.id(1), newRun: Sample.id(4)),
                ]
        }
        let queries = try #require(opened.queries)
        #expect(try queries.jobResults(job, limit: 100) == [.completed: 2, .failed: 1])
        #expect(try queries.jobResults(job, limit: 2) == [.completed: 2])
        #expect(try queries.jobResults(Sample.id(92), limit: 100).isEmpty)
    }

    @Test(arguments: StoreKind.all) func aStatusThatChangedIsFoundUnderItsNewOneOnly(kind: StoreKind) throws {
        let opened = try kind.open()
        var run = Sample.run(1)
        try opened.write { $0.newRuns = [run] }
        run.status = .running
        let changed = run
        try opened.write { $0.changedRuns = [changed] }
        let counts = try #require(opened.queries).runCounts(RunQuery(limit: 1), limit: 9)
        #expect(counts[.scheduled] ?? 0 == 0 && counts[.running] == 1)
    }

    @Test(arguments: StoreKind.all) func endsAPageEarlyWhereOutputsAreLarge(kind: StoreKind) throws {
        let opened = try kind.open()
        try opened.write { changes in
            changes.newRuns = (0..<5).map {
                var run = Sample.run($0, status: .completed)
                run.output = .string(String(repeating: "x", count: 1000))
                return run
            }
        }
        let queries = try #require(opened.queries)
        var query = RunQuery(limit: 5)
        query.maximumBytes = 1500
        let page = try queries.runs(query)
        #expect(page.elements.map(\.id) == [Sample.id(4), Sample.id(3)] && page.hasMore)
        query.withOutput = false
        let summary = try queries.runs(query)
        #expect(summary.elements.count == 5 && !summary.hasMore)
        #expect(summary.elements.allSatisfy { $0.output == nil && $0.status == .completed })
        #expect(try queries.runs([Sample.id(2), Sample.id(9)]).map(\.id) == [Sample.id(2)])
    }

    @Test(arguments: StoreKind.all) func bringsFailuresTogetherByTheirReason(kind: StoreKind) throws {
        let opened = try kind.open()
        try opened.write {
            $0.failures = [
                failure(1, at: 50, "user 17 not found"), failure(2, at: 250, "user 18 not found"),
                failure(3, at: 260, "user 19 not found"), failure(4, at: 270, "disk full"),
                failure(5, at: 280, step: "t", "disk full"), failure(6, at: 2000, "disk full"),
            ]
        }
        let found = try failures(opened)
        #expect(found.groups.map(\.count) == [1, 1, 3] && !found.isTruncated)
        let users = try #require(found.groups.last)
        #expect(users.latest.message == "user 19 not found" && users.latest.run == Sample.id(3))
        #expect(users.firstAt == Sample.time(50) && users.open == 3)
        #expect(users.intervals == [0: 1, 2: 2])
        #expect(try failures(opened) { $0.group = users.latest.group }.groups.map(\.count) == [3])
        #expect(try failures(opened) { $0.functions = [Sample.function("g")] }.groups.isEmpty)
        let few = try failures(opened) { $0.limit = 2 }
        #expect(few.isTruncated && few.groups.map(\.latest.run) == [Sample.id(5), Sample.id(4)])
    }

    @Test(arguments: StoreKind.all) func knowsWhichFailuresWereRunAgain(kind: StoreKind) throws {
        let opened = try kind.open()
        let failed = [failure(1, at: 50), failure(2, at: 60)]
        let again = Run(
            id: Sample.id(9), functionID: Sample.function(), eventIDs: [], createdAt: Sample.start,
            scheduledFor: Sample.start, rerunOf: Sample.id(1))
        try opened.write {
            $0.newRuns = [Sample.run(1, status: .failed), Sample.run(2, status: .failed)]
            $0.failures = failed
        }
        try opened.write { $0.newRuns = [again] }
        let group = try #require(failures(opened).groups.first)
        #expect(group.count == 2 && group.open == 1)
        let queries = try #require(opened.queries)
        var query = RunQuery(limit: 9)
        query.failure = failed[0].group
        #expect(try queries.runs(query).elements.map(\.id) == [Sample.id(2), Sample.id(1)])
        query.openFailures = true
        #expect(try queries.runs(query).elements.map(\.id) == [Sample.id(2)])
        func scan(after: Int, limit: Int = 9) throws -> [ULID] {
            try opened.store.scanRuns(
                RunScan(
                    function: nil, status: .failed, after: Sample.id(after), before: Sample.id(99), limit: limit,
                    failure: failed[0].group))
        }
        #expect(try scan(after: 0) == [Sample.id(2)])
        #expect(try scan(after: 2).isEmpty)
        query = RunQuery(limit: 9)
        query.rerunOf = Sample.id(1)
        #expect(try queries.runs(query).elements.map(\.id) == [again.id])
    }

    @Test(arguments: StoreKind.all) func narrowsAGroupOfFailuresByStatusAndFunction(kind: StoreKind) throws {
        let opened = try kind.open()
        let failed = [failure(1, at: 50), failure(2, at: 60)]
        try opened.write {
            $0.newRuns = [Sample.run(1, status: .failed), Sample.run(2, status: .failed)]
            $0.failures = failed
        }
        let queries = try #require(opened.queries)
        var query = RunQuery(limit: 9)
        query.failure = failed[0].group
        let counts = try queries.runCounts(query, limit: 9)
        #expect(counts[.failed] == 2 && counts.values.reduce(0, +) == 2)
        query.statuses = [.completed]
        #expect(try queries.runs(query).elements.isEmpty)
        query.statuses = [.completed, .failed]
        #expect(try queries.runs(query).elements.count == 2)
        query.functions = [Sample.function("g")]
        #expect(try queries.runs(query).elements.isEmpty)
        query.functions = [Sample.function("g"), Sample.function()]
        #expect(try queries.runs(query).elements.count == 2)
        (query.since, query.until) = (Sample.time(55), Sample.time(100))
        #expect(try queries.runs(query).elements.map(\.id) == [Sample.id(2)])
    }

    @Test(arguments: StoreKind.all) func findsNothingOfNoFunctions(kind: StoreKind) throws {
        let opened = try kind.open()
        let failed = failure(1, at: 50)
        try opened.write {
            $0.newRuns = [Sample.run(1, status: .failed)]
            $0.failures = [failed]
        }
        let queries = try #require(opened.queries)
        #expect(try failures(opened) { $0.functions = [] }.groups.isEmpty)
        var query = RunQuery(limit: 9)
        query.functions = []
        #expect(try queries.runs(query).elements.isEmpty)
        #expect(try queries.runCounts(query, limit: 9).values.reduce(0, +) == 0)
        query.rerunOf = Sample.id(7)
        #expect(try queries.runs(query).elements.isEmpty)
        query.rerunOf = nil
        query.failure = failed.group
        #expect(try queries.runs(query).elements.isEmpty)
    }

    @Test(arguments: StoreKind.all) func tellsWhatIsDueNext(kind: StoreKind) throws {
        let opened = try kind.open()
        let sleep = Sample.item(.step(Sample.key(1, "a")), .wake, due: 300)
        let retry = Sample.item(.step(Sample.key(1, "b")), .runStep, due: 200)
        try opened.write {
            $0.queueItems = [
                sleep, retry, Sample.item(.step(Sample.key(1, "c")), .runStep, due: 50),
                Sample.item(.step(Sample.key(1, "d")), .runStep, due: 400, lease: Sample.id(8)),
            ]
        }
        let queries = try #require(opened.queries)
        #expect(try queries.timers(after: Sample.time(100), limit: 9) == [retry, sleep])
        #expect(try queries.timers(after: Sample.time(100), limit: 1) == [retry])
        #expect(try queries.backlog(of: Sample.function(), at: Sample.time(100), limit: 9) == 1)
        #expect(try queries.backlog(of: Sample.function("g"), at: Sample.time(100), limit: 9) == 0)
    }

    @Test(arguments: StoreKind.all) func tellsTheTimesOfRuns(kind: StoreKind) throws {
        let opened = try kind.open()
        let full = Sample.fullRun(3)
        try opened.write { $0.newRuns = [full, Sample.run(2)] }
        let times = try #require(opened.queries)
            .runTimes(of: full.functionID, since: Sample.start, until: Sample.time(1), limit: 9)
        #expect(
            times == [
                RunTimes(
                    status: .failed, createdAt: full.createdAt, scheduledFor: full.scheduledFor,
                    startedAt: full.startedAt, endedAt: full.endedAt)
            ])
    }

    @Test(arguments: StoreKind.all) func namesEvents(kind: StoreKind) throws {
        let opened = try kind.open()
        try opened.write { $0.events = [Sample.event(1, name: "a"), Sample.event(2, name: "b")] }
        let names = try #require(opened.queries).eventNames([Sample.id(1), Sample.id(9)])
        #expect(names == [Sample.id(1): "a"])
    }
}
