import JSON
import Testing
import Wire

@testable import Engine

@Suite struct BulkJobTests {
    let bench: Bench

    init() throws {
        bench = try Bench()
        try bench.define("f", on: "e", plan: [.sleep("s", "1h")])
        try bench.define("g", on: "e", plan: [.sleep("s", "1h")])
    }

    private func send(_ count: Int) throws {
        bench.execute(IngestEvents((0..<count).map { ["data": ["n": .int($0)], "name": "e"] }))
        try bench.settle()
    }

    private func job(_ job: BulkJob) throws -> BulkJob { try #require(try bench.queries.job(job.id)) }

    @Test func cancelsTheRunsOfAFunction() throws {
        try send(170)
        let job = try bench.perform(StartBulkJob(.cancel, functions: ["app-f"], statuses: Run.Status.live))
        try bench.settle()
        #expect(try bench.runs("f").allSatisfy { $0.status == .cancelled })
        #expect(try bench.runs("g").allSatisfy { $0.status == .running })
        #expect(try self.job(job).status == .done)
        #expect(try self.job(job).done == 170)
        #expect(try bench.queries.jobRuns(job.id, refused: false, after: nil, limit: 1000).elements.count == 170)
        #expect(try bench.history(try bench.runs("f")[0]).last?.detail["job"] == .string(job.id.description))
    }

    @Test func cancelsInSlices() throws {
        try send(170)
        try bench.perform(StartBulkJob(.cancel, functions: ["app-f"], statuses: Run.Status.live))
        let first = try bench.runs("f").count { $0.status == .cancelled }
        #expect(first <= Limits.runsPerSlice)
        bench.execute()
        #expect(try bench.runs("f").count { $0.status == .cancelled } <= first + Limits.runsPerSlice)
    }

    @Test func goesOnAfterARestart() throws {
        try send(170)
        let job = try bench.perform(StartBulkJob(.cancel, functions: ["app-f"], statuses: Run.Status.live))
        bench.execute()
        let restarted = try bench.restarted()
        try restarted.advance(by: .seconds(1))
        #expect(try restarted.runs("f").allSatisfy { $0.status == .cancelled })
        #expect(try self.job(job).done == 170)
    }

    @Test func cancelsATimeRangeForWhichAnExpressionIsTrue() throws {
        try send(3)
        try bench.advance(by: .minutes(10))
        let (since, middle) = (bench.now, bench.now + .minutes(5))
        try send(6)
        try bench.advance(by: .minutes(10))
        try send(3)
        try bench.perform(
            StartBulkJob(
                .cancel, functions: ["app-f"], statuses: Run.Status.live, since: since, until: middle,
                condition: "event.data.n >= 2"))
        try bench.settle()
        let cancelled = try bench.runs("f").filter { $0.status == .cancelled }
        #expect(try cancelled.map { try bench.number($0) } == [2, 3, 4, 5])
        #expect(cancelled.allSatisfy { $0.createdAt == since })
    }

    @Test func cancelsRunsByTheirIDs() throws {
        try send(5)
        let ids = try bench.runs("f").suffix(2).map(\.id)
        try bench.perform(StartBulkJob(.cancel, statuses: Run.Status.live, runs: ids))
        try bench.settle()
        #expect(try bench.runs().filter { $0.status == .cancelled }.map(\.id) == ids)
    }

    @Test func replaysARunOnceHoweverOftenItIsNamed() throws {
        try bench.define("h", on: "h", plan: [.run("x")])
        bench.execute(IngestEvents((0..<3).map { ["data": ["n": .int($0)], "name": "h"] }))
        try bench.settle()
        let ids = try bench.runs("h").map(\.id)
        let job = try bench.perform(
            StartBulkJob(
                .replay, statuses: [.completed], runs: [ids[2], ids[0], ids[2], ids[0], ids[2]]))
        #expect(job.expected == 2 && job.selection.runs == [ids[2], ids[0]])
        try bench.settle()
        #expect(try self.job(job).done == 2)
        #expect(try bench.runs("h").compactMap(\.rerunOf) == [ids[2], ids[0]])
    }

    @Test func looksAtFewerRunsInASliceWhereTheConditionIsCostly() throws {
        let list = JSON.array((0..<100).map { .int($0) })
        bench.execute(IngestEvents((0..<30).map { ["data": ["l": list, "n": .int($0)], "name": "e"] }))
        try bench.settle()
        let costly = "event.data.l.all(x, event.data.l.all(y, y >= 0)) && event.data.n >= 0"
        let job = try bench.perform(
            StartBulkJob(.cancel, app: "app", statuses: Run.Status.live, condition: costly))
        var counts = [0]
        while try self.job(job).status == .running, counts.count < 100 {
            counts.append(try bench.runs().count { $0.status == .cancelled })
            bench.execute()
        }
        let slices = zip(counts, counts.dropFirst()).map { $1 - $0 }
        #expect(slices.allSatisfy { $0 < 20 }, "\(counts)")
        #expect(try self.job(job).done == 60)
        #expect(try bench.runs().allSatisfy { $0.status == .cancelled })
    }

    @Test func looksAtFewerNamedRunsWhereTheConditionIsCostly() throws {
        let list = JSON.array((0..<100).map { .int($0) })
        bench.execute(IngestEvents((0..<30).map { ["data": ["l": list, "n": .int($0)], "name": "e"] }))
        try bench.settle()
        let costly = "event.data.l.all(x, event.data.l.all(y, y >= 0))"
        let ids = try bench.runs("f").map(\.id)
        let job = try bench.perform(
            StartBulkJob(.cancel, statuses: Run.Status.live, condition: costly, runs: ids))
        #expect(try bench.runs("f").count { $0.status == .cancelled } < 20)
        try bench.settle()
        #expect(try self.job(job).done == 30)
    }

    @Test func cancelsTheRunsOfAnApp() throws {
        try send(2)
        try bench.perform(StartBulkJob(.cancel, app: "app", statuses: Run.Status.live))
        try bench.settle()
        #expect(try bench.runs().allSatisfy { $0.status == .cancelled })
    }

    @Test func leavesLaterRunsAlone() throws {
        try send(1)
        try bench.perform(
            StartBulkJob(.cancel, functions: ["app-f"], statuses: Run.Status.live, until: bench.now + .days(1)))
        bench.now = bench.now + .seconds(1)
        try send(1)
        try bench.settle()
        #expect(try bench.runs("f").map(\.status) == [.cancelled, .running])
    }

    @Test func cancelsWhatWasMadeBeforeTheClockWasSetBack() throws {
        try send(3)
        bench.now = Timestamp(milliseconds: bench.now.milliseconds - 3_600_000)
        try bench.perform(StartBulkJob(.cancel, functions: ["app-f"], statuses: Run.Status.live))
        try bench.perform(PauseFunction("app-g", cancelAfter: .zero))
        try bench.settle()
        #expect(try bench.runs().allSatisfy { $0.status == .cancelled })
    }

    @Test func stopsWhenItIsCancelled() throws {
        try send(170)
        let job = try bench.perform(StartBulkJob(.cancel, functions: ["app-f"], statuses: Run.Status.live))
        try bench.perform(CancelBulkJob(job.id, .cancel))
        try bench.settle()
        #expect(try bench.runs("f").contains { $0.status == .running })
        #expect(try self.job(job).status == .cancelled)
        #expect(throws: Refusal.self) { try bench.perform(CancelBulkJob(job.id, .cancel)) }
        #expect(throws: Refusal.self) { try bench.perform(CancelBulkJob(job.id, .replay)) }
    }

    @Test func replaysFailedRuns() throws {
        try bench.define("h", on: "h", retries: 0, catching: false, plan: [.fail("x")])
        bench.execute(IngestEvents((0..<120).map { ["data": ["n": .int($0)], "name": "h"] }))
        try bench.settle()
        try bench.define("h", on: "h", plan: [.run("x")])
        let job = try bench.perform(StartBulkJob(.replay, functions: ["app-h"], statuses: [.failed]))
        try bench.settle()
        let replayed = try bench.runs("h").filter { $0.rerunOf != nil }
        #expect(replayed.count == 120, "each once: what a replay starts is not replayed")
        #expect(replayed.allSatisfy { $0.status == .completed })
        let rows = try bench.queries.jobRuns(job.id, refused: false, after: nil, limit: 1000).elements
        #expect(Set(rows.compactMap(\.newRun)) == Set(replayed.map(\.id)))
    }

    @Test func doesNotReplayWhatItHasStarted() throws {
        try bench.define("quick", on: "q", plan: [])
        bench.execute(IngestEvents((0..<120).map { _ in ["name": "q"] }))
        try bench.settle()
        // All of it within one millisecond.
        let job = try bench.perform(
            StartBulkJob(.replay, functions: ["app-quick"], statuses: Run.Status.final))
        try bench.settle()
        #expect(try self.job(job).done == 120)
        #expect(try bench.runs("quick").count == 240)
    }

    @Test func countsWhatCanNotBeReplayed() throws {
        try bench.define("h", on: "h", retries: 0, catching: false, plan: [.fail("x")])
        try bench.send("h")
        try bench.settle()
        let run = try bench.run("h").id
        try bench.perform(SyncApp(Bench.registration([Bench.function("f", triggers: [["event": "e"]])])))
        let job = try bench.perform(StartBulkJob(.replay, statuses: [.failed], runs: [run]))
        try bench.settle()
        #expect(try self.job(job).failed == 1)
        #expect(try refusals(of: job).allSatisfy { $0.contains("registered") })
    }

    private func refusals(of job: BulkJob) throws -> [String] {
        try bench.queries.jobRuns(job.id, refused: true, after: nil, limit: 1000).elements.compactMap(\.error)
    }

    @Test func saysWhyNothingComesOfRunsThatWereNamed() throws {
        try bench.define("h", on: "h", plan: [.run("x")])
        try bench.send("h")
        try send(1)
        let (ended, open, missing) = (try bench.run("h").id, try bench.run("f").id, ULID(7))
        let final = Set(Run.Status.allCases.filter(\.isFinal))
        let replay = try bench.perform(StartBulkJob(.replay, statuses: final, runs: [ended, open, missing]))
        let cancel = try bench.perform(StartBulkJob(.cancel, statuses: Run.Status.live, runs: [ended, open, missing]))
        #expect(replay.expected == 3)
        try bench.settle()
        #expect(try (job(replay).done, job(replay).failed) == (1, 2))
        #expect(try refusals(of: replay) == ["there is no such run", "it has not ended yet: cancel it, or wait"])
        #expect(try (job(cancel).done, job(cancel).failed) == (1, 2))
        #expect(try refusals(of: cancel) == ["there is no such run", "it has already ended"])
    }

    @Test func replaysOneKindOfFailureInATime() throws {
        for name in ["h", "i"] {
            try bench.define(name, on: name, retries: 0, catching: false, plan: [.fail("x")])
        }
        try bench.send("h")
        try bench.settle()
        try bench.advance(by: .seconds(60))
        let since = bench.now
        bench.execute(IngestEvents((0..<130).map { ["data": ["n": .int($0)], "name": "h"] }))
        try bench.send("i")
        try bench.settle()
        let group = try #require(
            try bench.queries.failureGroups(
                FailureQuery(since: since, until: bench.now + .seconds(1), interval: .seconds(60), limit: 1000)
            ).groups.first { $0.count == 130 }
        ).latest.group
        try bench.define("h", on: "h", plan: [.run("x")])
        let job = try bench.perform(
            StartBulkJob(.replay, statuses: [.failed], since: since, failure: group, expected: 130))
        try bench.settle()
        #expect(try self.job(job).done == 130)
        #expect(try bench.runs("h").count { $0.rerunOf != nil } == 130)
        #expect(try bench.runs("i").count == 1)
        let second = try bench.perform(StartBulkJob(.replay, statuses: [.failed], since: since, failure: group))
        try bench.settle()
        #expect(try self.job(second).done == 0, "what was run again is not run once more")
    }

    @Test func asksTheOutputOfARun() throws {
        try bench.define("h", triggers: [["event": "h"]]) { call in
            .returned(["n": call.request.events[0]["data"]?["n"]])
        }
        for number in 1...3 { try bench.send("h", data: ["n": .int(number)]) }
        try bench.settle()
        try bench.perform(
            StartBulkJob(.replay, functions: ["app-h"], statuses: [.completed], condition: "output.n == 2"))
        try bench.settle()
        #expect(try bench.runs("h").count == 4)
    }

    @Test func asksWhyARunFailed() throws {
        try bench.define("h", on: "h", retries: 0, catching: false, plan: [.fail("x")])
        try bench.define("g", on: "g", output: ["message": "did not work"], plan: [.run("x")])
        for name in ["g", "h"] { try bench.send(name) }
        try bench.settle()
        for (message, count) in [("did not sleep", 1), ("did not work", 2)] {
            try bench.perform(
                StartBulkJob(
                    .replay, statuses: [.failed, .completed], condition: "error.message == '\(message)'"))
            try bench.settle()
            #expect(try bench.runs("h").count == count)
        }
        #expect(try bench.runs("g").count == 1, "what it returned is no error")
    }

    @Test func refusesABadExpressionAndTooManyRuns() throws {
        #expect(throws: Refusal.self) {
            try bench.perform(StartBulkJob(.cancel, functions: ["app-f"], statuses: [], condition: "event.data."))
        }
        #expect(throws: Refusal.self) {
            try bench.perform(StartBulkJob(.cancel, statuses: [], runs: (0...10_000).map { ULID(UInt128($0)) }))
        }
        #expect(throws: Refusal.self) { try bench.perform(StartBulkJob(.cancel, functions: ["none"], statuses: [])) }
    }
}
