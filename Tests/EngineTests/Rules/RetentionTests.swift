import JSON
import Testing
import Wire

@testable import Engine

@Suite struct RetentionTests {
    let bench: Bench

    init() throws { bench = try Bench(settings: EngineSettings(retention: .days(10))) }

    /// Lets time pass, and what is too old be deleted.
    private func pass(_ span: Duration) throws {
        try bench.advance(by: span)
        repeat { bench.execute() } while try #require(bench.engine.nextCleaning) <= bench.now
    }

    private func count(_ table: String) throws -> Int { try bench.rows(of: table).count }

    @Test func deletesWhatHasEndedLongAgo() throws {
        try bench.define("f", on: "e", plan: [.run("a"), .run("b")])
        try bench.send("e")
        try bench.send("nobody/listens")
        try bench.settle()
        try pass(.days(10) - .seconds(1))
        #expect(try count("runs") == 1)
        #expect(try count("events") == 3)
        try pass(.hours(1))
        for table in ["runs", "steps", "history", "events", "queue", "waits", "idempotency"] {
            #expect(try count(table) == 0, "\(table)")
        }
    }

    @Test func keepsWhatALiveRunNeeds() throws {
        try bench.define("f", on: "e", plan: [.run("a"), .sleep("s", "30d"), .run("b")])
        try bench.send("e", data: ["n": 7])
        try pass(.days(25))
        #expect(try bench.number(try bench.run("f")) == 7)
        try pass(.days(5))
        #expect(try bench.run("f").status == .completed, "its time begins when it ends")
        try pass(.days(9))
        #expect(try bench.number(try bench.run("f")) == 7)
        try pass(.days(2))
        #expect(try count("runs") == 0)
        #expect(try bench.events("e").isEmpty, "the event goes with its last run")
    }

    @Test func keepsAnEventForTheRunsThatWereStartedAgain() throws {
        try bench.define("f", on: "e", plan: [])
        try bench.send("e", data: ["n": 7])
        try bench.settle()
        try pass(.days(9))
        try bench.perform(RerunRun(try bench.run("f").id))
        try bench.settle()
        try pass(.days(5))
        #expect(try bench.number(try bench.run("f")) == 7)
        try pass(.days(6))
        #expect(try bench.events("e").isEmpty)
    }

    @Test func keepsWhatIsCollected() throws {
        let bench = try Bench(settings: EngineSettings(retention: .hours(1)))
        try bench.define("f", rules: ["debounce": ["period": "7d"]])
        try bench.send("e", data: ["n": 7])
        for _ in 0..<150 {
            try bench.advance(by: .hours(1))
            bench.execute()
        }
        try bench.advance(by: .hours(18))
        #expect(try bench.number(try bench.run("f")) == 7)
    }

    @Test func keepsWhatIsCollectedForAnotherFunction() throws {
        let bench = try Bench(settings: EngineSettings(retention: .hours(1)))
        try bench.define("f", on: "e", plan: [])
        try bench.define("g", on: "e", rules: ["debounce": ["period": "7d"]], plan: [])
        try bench.send("e", data: ["n": 7])
        for _ in 0..<150 {
            try bench.advance(by: .hours(1))
            bench.execute()
        }
        #expect(try bench.runs("f").isEmpty)
        try bench.advance(by: .hours(18))
        #expect(try bench.number(try bench.run("g")) == 7)
    }

    @Test func deletesABatchWithAllItsEvents() throws {
        try bench.define("f", rules: ["batchEvents": ["maxSize": 3, "timeout": "10s"]])
        for _ in 0..<3 { try bench.send("e") }
        try pass(.days(11))
        #expect(try count("events") == 0)
        #expect(try count("run_events") == 0)
    }

    @Test func deletesInSlices() throws {
        bench.execute(IngestEvents((0..<1800).map { _ in ["name": "e"] }))
        try bench.advance(by: .days(11))
        bench.execute()
        var left = try count("events")
        while left > 0 {
            bench.execute()
            let now = try count("events")
            #expect(left - now <= Limits.rowsPerCleaning)
            try #require(now < left)
            left = now
        }
    }

    @Test func deletesNothingForEver() throws {
        let bench = try Bench()
        try bench.define("f", on: "e", plan: [])
        try bench.send("e", id: "x")
        try bench.settle()
        bench.now = bench.now + .days(10_000)
        for _ in 0..<3 { bench.execute() }
        #expect(try bench.runs("f").count == 1)
        #expect(try bench.rows(of: "idempotency").isEmpty, "what has expired says nothing")
    }

    @Test func isNoTimer() throws {
        try bench.send("e")
        try bench.settle()
        #expect(bench.engine.nextDue(hasRoom: true) == nil)
    }
}
