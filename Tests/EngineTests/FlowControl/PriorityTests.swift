import JSON
import Testing
import Wire

@testable import Engine

@Suite struct PriorityTests {
    let bench: Bench

    init() throws { bench = try Bench() }

    private static let settings: [String: JSON?] = ["priority": ["run": "event.data.p"]]

    private func served() -> [String] { bench.calls.map { $0.request.events[0]["data"]?["n"]?.string ?? "" } }

    private func send(_ name: String, _ priority: JSON) throws {
        try bench.send("e", data: ["n": .string(name), "p": priority])
    }

    @Test func goesBeforeWhatWasQueuedShortlyBefore() throws {
        let settings = Self.settings.merging(["concurrency": 1]) { $1 }
        try bench.define("f", on: "e", rules: settings, plan: [])
        try send("busy", 0)
        for name in ["a", "b", "c"] {
            try send(name, 0)
            bench.now = bench.now + .seconds(60)
        }
        // Queued 180, 120 and 60 seconds ago: only the last two are passed.
        try send("urgent", 121)
        try bench.settle()
        #expect(served() == ["busy", "a", "urgent", "b", "c"])
        try GateCheck(bench).expectNothingHeld()
    }

    @Test func goesBeforeOthersWhenThereIsNoRoom() throws {
        bench.room = 0
        try bench.define("f", on: "e", rules: Self.settings, plan: [])
        try send("a", 0)
        bench.now = bench.now + .seconds(10)
        try send("b", 20)
        bench.room = 1
        try bench.settle()
        #expect(served() == ["b", "a"])
    }

    @Test func isNoMoreThanTenMinutes() throws {
        try bench.define("f", on: "e", rules: Self.settings.merging(["concurrency": 1]) { $1 }, plan: [])
        try send("busy", 0)
        try send("a", 0)
        bench.now = bench.now + .seconds(601)
        try send("b", 5000)
        try bench.settle()
        #expect(served() == ["busy", "a", "b"])
    }

    @Test func aNegativeOnePutsEveryCallOff() throws {
        let begin = bench.now
        try bench.define("f", on: "e", rules: Self.settings, plan: [.run("a")])
        try send("slow", -60)
        try bench.settle()
        #expect(bench.calls.isEmpty)
        #expect(bench.engine.nextDue(hasRoom: true) == begin + .seconds(60))
        try bench.advance(by: .minutes(5))
        #expect(try bench.run("f").status == .completed)
        #expect(try bench.run("f").endedAt == begin + .seconds(120))
    }

    @Test func aNegativeOnePutsOffWhatWasQueuedWhileItsAppWasRemoved() throws {
        try bench.define("f", on: "e", rules: Self.settings, plan: [.sleep("s", "1h")])
        try send("slow", -60)
        try bench.advance(by: .seconds(60))
        let app = try #require(bench.engine.catalog.apps.values.first)
        try bench.perform(RemoveApp(app.id))
        // Nothing is called meanwhile: its run would end for want of its function.
        bench.room = 0
        try bench.advance(by: .hours(1))
        let back = bench.now
        let function = Bench.function("f", triggers: [["event": "e"]]).merging(Self.settings)
        try bench.perform(SyncApp(Bench.registration([function])))
        bench.room = 10
        try bench.settle()
        // It was queued when its sleep ended, in this very moment.
        #expect(bench.calls.count == 1)
        #expect(bench.engine.nextDue(hasRoom: true) == back + .seconds(60))
        try bench.advance(by: .seconds(60))
        #expect(try bench.run("f").status == .completed)
    }

    @Test(arguments: [JSON.null, "high", true, ["x": 1], [1]])
    func whatIsNoNumberIsNoPriority(value: JSON) throws {
        try bench.define("f", on: "e", rules: Self.settings, plan: [])
        try send("x", value)
        #expect(try bench.run("f").flow?.priority == 0)
        #expect(bench.open.count == 1)
    }

    @Test func fractionsOfASecondDoNotCount() throws {
        try bench.define("f", on: "e", rules: Self.settings, plan: [])
        try send("x", 1.9)
        #expect(try bench.run("f").flow?.priority == 1)
    }
}
