import JSON
import Testing
import Wire

@testable import Engine

@Suite struct RoomTests {
    let bench: Bench

    init() throws {
        bench = try Bench()
        try bench.define("f", on: "e", plan: [.run("a"), .run("b")])
        bench.room = 3
    }

    private func leased() throws -> Int {
        try bench.sqlite.lostItems(held: [], ofOthers: true).count
    }

    @Test func neverLeasesMoreThanThereIsRoomFor() throws {
        bench.execute(IngestEvents(Array(repeating: ["name": "e"], count: 10)))
        #expect(bench.open.count == 3)
        #expect(try leased() == 3)
        bench.execute()
        bench.execute(IngestEvents([["name": "e"]]))
        #expect(try leased() == 3)
    }

    @Test func forgetsNothingWhenThereIsRoomAgain() throws {
        bench.execute(IngestEvents(Array(repeating: ["name": "e"], count: 50)))
        var most = 0
        while let call = bench.open.first {
            _ = try bench.take()
            try bench.perform(bench.answer(call, bench.scripted(call)))
            most = max(most, bench.open.count)
        }
        #expect(most == 3)
        #expect(try bench.runs("f").allSatisfy { $0.status == .completed })
    }

    @Test func leasesWhatWaitedFirst() throws {
        bench.room = 1
        bench.execute(IngestEvents((0..<5).map { ["data": ["n": .int($0)], "name": "e"] }))
        bench.now = bench.now + .seconds(1)
        bench.execute(IngestEvents([["data": ["n": 5], "name": "e"]]))
        bench.room = 10
        bench.execute()
        #expect(bench.calls.map { $0.request.events[0]["data"]?["n"]?.int } == Array(0..<6))
    }

    @Test func doesNothingWithoutRoom() throws {
        bench.room = 0
        bench.execute(IngestEvents([["name": "e"]]))
        #expect(bench.open.isEmpty)
        #expect(bench.engine.nextDue(hasRoom: false) == nil)
        #expect(bench.engine.nextDue(hasRoom: true) == bench.now)
        bench.room = 1
        #expect(bench.execute().calls.count == 1)
        #expect(bench.engine.nextDue(hasRoom: true) == nil)
    }

    @Test func takesANegativeRoomAsNone() throws {
        bench.room = -5
        bench.execute(IngestEvents([["name": "e"]]))
        #expect(bench.open.isEmpty)
    }

    @Test func firesTimersWithoutRoom() throws {
        try bench.define("sleeper", on: "s", plan: [.sleep("nap", "1h")])
        try bench.send("s")
        try bench.settle()
        bench.room = 0
        bench.now = bench.now + .hours(1)
        bench.execute()
        #expect(try bench.steps(try bench.run("sleeper")) == ["nap"])
        #expect(bench.open.isEmpty)
        bench.room = 1
        try bench.settle()
        #expect(try bench.run("sleeper").status == .completed)
    }

    @Test func doesNotCountRunsThatEndedBeforeTheirCall() throws {
        bench.room = 0
        bench.execute(IngestEvents(Array(repeating: ["name": "e"], count: 6)))
        for run in try bench.runs("f").prefix(3) { try bench.perform(CancelRun(run.id)) }
        bench.room = 3
        #expect(bench.execute().calls.count == 3)
    }
}
