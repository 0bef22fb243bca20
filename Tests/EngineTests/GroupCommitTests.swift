import JSON
import Stores
import Testing
import Wire

@testable import Engine

@Suite struct GroupCommitTests {
    let store: FailingStore
    let bench: Bench

    init() throws {
        let sqlite = try SQLiteStore()
        let failing = FailingStore(sqlite)
        store = failing
        bench = try Bench(store: sqlite) { _ in failing }
        try bench.define("f", on: "e", plan: [.run("a")])
    }

    @Test func carriesOutTheNeighboursOfARefusedCommand() throws {
        let batch = bench.execute(
            IngestEvents([["name": "e"]]), CancelRun(ULID(1)), IngestEvents([["name": "e"]]),
            SyncApp(Bench.registration([[:]])))
        #expect(batch.outcomes.map { (try? $0.get()) != nil } == [true, false, true, false])
        #expect(batch.storeError == nil)
        #expect(try bench.runs("f").count == 2)
    }

    @Test(arguments: 0..<4)
    func changesNothingWhereTheStoreFails(writes: Int) throws {
        bench.now = bench.now + .seconds(1)
        let before = try DatabaseDump(bench.sqlite).text
        if writes < 3 { store.writesLeft = writes } else { store.commitsLeft = 0 }
        let sync = SyncApp(Bench.registration([Bench.function("g", triggers: [["event": "e"]])]))
        let batch = bench.execute(sync, IngestEvents([["name": "e"]]), CancelRun(ULID(1)))
        let all = batch.outcomes.allSatisfy { (try? $0.get()) == nil }
        if writes == 0 || writes == 3 {
            #expect(all)
            #expect(batch.storeError != nil)
            #expect(batch.calls.isEmpty)
            #expect(try DatabaseDump(bench.sqlite).text == before)
            #expect(bench.engine.catalog.function("app-g") == nil)
        }
        (store.writesLeft, store.commitsLeft) = (nil, nil)
        try bench.send("e")
        try bench.settle()
        #expect(try bench.runs().allSatisfy { $0.status == .completed })
        #expect(try bench.runs().isEmpty == false)
    }

    @Test func savesTheNeighboursOfACommandThatTheStoreCannotTake() throws {
        store.poison = "poison"
        let batch = bench.execute(
            IngestEvents([["name": "e"]]), IngestEvents([["name": "poison"]]), IngestEvents([["name": "e"]]))
        #expect(batch.outcomes.map { (try? $0.get()) != nil } == [true, false, true])
        #expect(batch.calls.count == 2)
        try bench.settle()
        #expect(try bench.runs("f").map(\.status) == [.completed, .completed])
        #expect(try bench.events("poison").isEmpty)
    }

    @Test func losesNoTimerThatItCouldNotFire() throws {
        try bench.define("sleeper", on: "s", plan: [.sleep("nap", "1h")])
        try bench.send("s")
        try bench.settle()
        bench.now = bench.now + .hours(1)
        store.commitsLeft = 0
        #expect(bench.execute().storeError != nil)
        #expect(bench.engine.nextDue(hasRoom: false) == bench.now, "it is tried again")
        store.commitsLeft = nil
        try bench.settle()
        #expect(try bench.run("sleeper").status == .completed)
    }

    @Test func losesNoAnswerThatIsBroughtAgain() throws {
        try bench.send("e")
        let call = try bench.take()
        let answer = bench.answer(call, bench.scripted(call))
        store.commitsLeft = 0
        #expect(throws: FailingStore.Failure.self) { try bench.perform(answer) }
        store.commitsLeft = nil
        #expect(try bench.perform(answer) == .applied)
        try bench.settle()
        #expect(try bench.run("f").status == .completed)
    }

    @Test func usesNoIDTwiceAfterAFailure() throws {
        store.commitsLeft = 0
        bench.execute(IngestEvents([["name": "e"]]))
        store.commitsLeft = nil
        let ids = try (0..<3).map { _ in try bench.send("e") }
        #expect(Set(ids).count == 3)
        #expect(ids == ids.sorted())
    }
}
