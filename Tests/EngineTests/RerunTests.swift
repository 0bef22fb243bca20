import JSON
import Testing
import Wire

@testable import Engine

@Suite struct RerunTests {
    let bench: Bench

    init() throws { bench = try Bench() }

    @Test func startsAgainWithTheSameEvent() throws {
        try bench.define("f", on: "e", plan: [.run("a")])
        try bench.send("e", data: ["n": 1], id: "once")
        try bench.settle()
        let old = try bench.run("f")
        let id = try bench.perform(RerunRun(old.id))
        try bench.settle()
        let new = try #require(try bench.runs("f").first { $0.id == id })
        #expect(new.status == .completed)
        #expect(new.rerunOf == old.id)
        #expect(new.eventIDs == old.eventIDs)
        #expect(bench.executed[id] == [StepID("a")])
        #expect(try bench.runs("f").first == old)
        #expect(try bench.events("e").count == 1)
    }

    @Test func doesNotWaitForTheEventsTime() throws {
        try bench.define("f", on: "e", plan: [])
        try bench.send("e", at: bench.now + .days(1))
        let old = try bench.run("f")
        try bench.perform(CancelRun(old.id))
        try bench.perform(RerunRun(old.id))
        try bench.settle()
        #expect(try bench.runs("f").map(\.status) == [.cancelled, .completed])
    }

    @Test func doesNotResumeTheInvokerOfTheOldRun() throws {
        try bench.define("child", output: "again", plan: [.sleep("nap", "1h")])
        try bench.define("parent", on: "e", plan: [.invoke("i", "app-child")])
        try bench.send("e")
        try bench.settle()
        let child = try bench.run("child")
        let again = try bench.perform(RerunRun(child.id))
        try bench.perform(CancelRun(child.id))
        try bench.advance(by: .hours(1))
        #expect(try bench.runs("child").first { $0.id == again }?.status == .completed)
        #expect(try bench.value("i", try bench.run("parent"))?["error"] != nil)
    }

    @Test func refusesRunsThatAreNotThereAndFunctionsThatAreGone() throws {
        let unknown = #expect(throws: Refusal.self) { try bench.perform(RerunRun(ULID(7))) }
        #expect(unknown?.reason == .notFound)
        try bench.define("f", on: "e", plan: [])
        try bench.send("e")
        try bench.settle()
        let run = try bench.run("f")
        try bench.perform(SyncApp(Bench.registration([])))
        let gone = #expect(throws: Refusal.self) { try bench.perform(RerunRun(run.id)) }
        #expect(gone?.reason == .conflict)
    }
}
