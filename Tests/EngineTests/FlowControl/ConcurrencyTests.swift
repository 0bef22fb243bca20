import JSON
import Testing
import Wire

@testable import Engine

@Suite struct ConcurrencyTests {
    let bench: Bench

    init() throws { bench = try Bench() }

    private func open(_ id: String? = nil) -> [Call] {
        bench.open.filter { id == nil || bench.engine.catalog.slug(of: $0) == "app-\(id ?? "")" }
    }

    /// What `data.user` was in the events of open calls.
    private func users() -> [String] { open().map { $0.request.events[0]["data"]?["user"]?.string ?? "" } }

    @Test func holdsBackWhatIsBeyondTheLimit() throws {
        try bench.define("f", on: "e", rules: ["concurrency": 2], plan: [])
        for _ in 0..<5 { try bench.send("e") }
        #expect(bench.open.count == 2)
        #expect(bench.engine.nextDue(hasRoom: true) == nil, "what waits for a slot is looked at by nobody")
        bench.execute(bench.answer(try bench.take(), .returned(1)))
        #expect(bench.open.count == 2, "the next takes the slot in the transaction that frees it")
        try bench.settle()
        #expect(try bench.runs("f").allSatisfy { $0.status == .completed })
        try GateCheck(bench).expectNothingHeld()
    }

    @Test func servesInTheOrderOfTheEvents() throws {
        try bench.define("f", on: "e", rules: ["concurrency": 1], plan: [])
        for _ in 0..<20 { try bench.send("e") }
        try bench.settle()
        #expect(bench.calls.map(\.request.runID) == (try bench.runs("f").map(\.id)))
    }

    @Test func limitsEachKeyForItself() throws {
        try bench.define(
            "f", on: "e", rules: ["concurrency": ["limit": 1, "key": "event.data.user"]], plan: [.run("a")])
        for user in ["a", "a", "a", "b", "c", "c"] { try bench.send("e", data: ["user": .string(user)]) }
        #expect(users() == ["a", "b", "c"])
        try bench.settle()
        #expect(try bench.runs("f").count { $0.status == .completed } == 6)
        try GateCheck(bench).expectNothingHeld()
    }

    @Test func aFullKeyDoesNotDelayAnother() throws {
        bench.room = 3
        try bench.define("f", on: "e", rules: ["concurrency": ["limit": 2, "key": "event.data.user"]], plan: [])
        for _ in 0..<500 { try bench.send("e", data: ["user": "busy"]) }
        try bench.send("e", data: ["user": "other"])
        #expect(users() == ["busy", "busy", "other"])
    }

    @Test func keysTakeTurnsWhereTheWholeFunctionIsFull() throws {
        let rules: JSON = [["limit": 2, "key": "event.data.user"], ["limit": 2]]
        try bench.define("f", on: "e", rules: ["concurrency": rules], plan: [])
        for _ in 0..<100 { try bench.send("e", data: ["user": "busy"]) }
        for user in ["b", "c"] {
            bench.now = bench.now + .seconds(1)
            try bench.send("e", data: ["user": .string(user)])
        }
        var served: [String] = []
        for _ in 0..<6 {
            bench.now = bench.now + .seconds(1)
            let call = bench.take(at: 0)
            served.append(call.request.events[0]["data"]?["user"]?.string ?? "")
            bench.execute(bench.answer(call, .returned(1)))
        }
        #expect(served == ["busy", "busy", "busy", "b", "c", "busy"])
        try GateCheck(bench).check()
    }

    @Test func keysTakeTurnsWithinOneTransaction() throws {
        let rules: JSON = [["limit": 4, "key": "event.data.user"], ["limit": 4]]
        try bench.define("f", on: "e", rules: ["concurrency": rules], plan: [])
        for user in ["a", "b"] {
            for _ in 0..<20 { try bench.send("e", data: ["user": .string(user)]) }
        }
        #expect(users() == ["a", "a", "a", "a"])
        let answers = (0..<4).map { _ in bench.answer(bench.take(at: 0), .returned(1)) }
        bench.execute(answers[0], answers[1], answers[2], answers[3])
        #expect(users().sorted() == ["a", "a", "b", "b"])
        try GateCheck(bench).check()
    }

    @Test func takesAllSlotsOrNone() throws {
        let rules: JSON = [
            ["limit": 1, "key": "event.data.user"], ["limit": 2, "scope": "account", "key": "\"openai\""],
        ]
        try bench.define("f", on: "e", rules: ["concurrency": rules], plan: [])
        for user in ["a", "a", "b", "c"] { try bench.send("e", data: ["user": .string(user)]) }
        #expect(users() == ["a", "b"])
        try GateCheck(bench).check()
        // The slot of "a" is free, and the second of "a" is the first that waits.
        bench.execute(bench.answer(bench.take(at: 0), .returned(1)))
        #expect(users() == ["b", "a"])
        bench.execute(bench.answer(bench.take(at: 0), .returned(1)))
        #expect(users() == ["a", "c"])
        try bench.settle()
        try GateCheck(bench).expectNothingHeld()
    }

    @Test func functionsShareAKeyOfTheAccountAndKeepTheirOwnLimits() throws {
        func rule(_ limit: Int) -> [String: JSON?] {
            ["concurrency": ["limit": .int(limit), "scope": "account", "key": "event.data.user"]]
        }
        try bench.define("narrow", on: "n", rules: rule(1), plan: [])
        try bench.define("wide", on: "w", rules: rule(3), plan: [])
        try bench.send("w", data: ["user": "a"])
        try bench.send("n", data: ["user": "a"])
        #expect(open("narrow").isEmpty)
        for _ in 0..<3 { try bench.send("w", data: ["user": "a"]) }
        #expect(open("wide").count == 3)
        // The fourth goes in the place of the first, and is followed by none.
        for left in [3, 2] {
            bench.execute(bench.answer(try bench.take("wide"), .returned(1)))
            #expect(open("narrow").isEmpty)
            #expect(open("wide").count == left)
        }
        while !open("wide").isEmpty { bench.execute(bench.answer(try bench.take("wide"), .returned(1))) }
        #expect(open("narrow").count == 1)
        try bench.settle()
        try GateCheck(bench).expectNothingHeld()
    }

    @Test func aFunctionHasItsKeysForItself() throws {
        let rule: [String: JSON?] = ["concurrency": ["limit": 1, "key": "event.data.user"]]
        try bench.define("f", on: "e", rules: rule, plan: [])
        try bench.define("g", on: "e", rules: rule, plan: [])
        try bench.send("e", data: ["user": "a"])
        #expect(bench.open.count == 2)
    }

    @Test func sleepingAndWaitingRunsHoldNothing() throws {
        try bench.define("f", on: "e", rules: ["concurrency": 1], plan: [.sleep("s", "1d"), .run("a")])
        for _ in 0..<10 { try bench.send("e") }
        try bench.settle()
        #expect(try bench.runs("f").allSatisfy { $0.status == .running })
        try GateCheck(bench).expectNothingHeld()
        try bench.advance(by: .days(2))
        #expect(try bench.runs("f").allSatisfy { $0.status == .completed })
    }

    @Test func parallelStepsTakeASlotEach() throws {
        try bench.define(
            "f", on: "e", rules: ["concurrency": 2],
            plan: [.all([[.run("a")], [.run("b")], [.run("c")], [.run("d")]])])
        try bench.send("e")
        bench.execute(bench.answer(try bench.take(), bench.scripted(bench.calls[0])))
        #expect(bench.open.count == 2)
        try bench.settle()
        #expect(try bench.run("f").status == .completed)
        try GateCheck(bench).expectNothingHeld()
    }

    @Test func aRetryGivesItsSlotUpInBetween() throws {
        try bench.define("f", on: "e", rules: ["concurrency": 1], plan: [.run("a", failing: 1)])
        try bench.send("e")
        bench.execute(bench.answer(bench.take(at: 0), bench.scripted(bench.calls[0])))
        try bench.send("e")
        #expect(bench.open.count == 1, "the first is to be tried again later")
        try bench.advance(by: .minutes(5))
        #expect(try bench.runs("f").allSatisfy { $0.status == .completed })
        try GateCheck(bench).expectNothingHeld()
    }

    @Test func aCancelledRunHoldsItsSlotUntilTheAppIsDone() throws {
        try bench.define("f", on: "e", rules: ["concurrency": 1], plan: [])
        for _ in 0..<3 { try bench.send("e") }
        let runs = try bench.runs("f")
        let call = try bench.take()
        try bench.perform(CancelRun(runs[0].id))
        #expect(bench.open.isEmpty, "the app is still busy")
        try bench.perform(CancelRun(runs[1].id))
        #expect(try bench.perform(bench.answer(call, .returned(1))) == .stale)
        #expect(bench.open.map(\.request.runID) == [runs[2].id])
        try bench.settle()
        for run in runs { try bench.expectNothingLeft(of: run) }
        try GateCheck(bench).expectNothingHeld()
    }

    @Test func slotsOfCallsThatAreLostAreKeptForThem() throws {
        try bench.define("f", on: "e", rules: ["concurrency": 1], plan: [])
        for _ in 0..<3 { try bench.send("e") }
        let runs = try bench.runs("f")
        try bench.perform(CancelRun(runs[0].id))
        // The process is gone, and with it whoever would have answered.
        let next = try Bench(seed: 2, store: bench.sqlite)
        try next.perform(Reconcile())
        #expect(next.open.map(\.request.runID) == [runs[1].id])
        try GateCheck(next).check()
        let after = try Bench(seed: 3, store: bench.sqlite)
        try after.perform(Reconcile())
        #expect(after.open.map(\.request.runID) == [runs[1].id])
        after.execute(after.answer(after.take(at: 0), .returned(1)))
        #expect(after.open.map(\.request.runID) == [runs[2].id])
    }

    @Test(arguments: [JSON.null, 1, 1.5, true, "1", ["a": [1, .null]], []])
    func anyValueIsAKey(value: JSON) throws {
        try bench.define("f", on: "e", rules: ["concurrency": ["limit": 1, "key": "event.data.user"]], plan: [])
        for _ in 0..<2 { try bench.send("e", data: ["user": value]) }
        try bench.send("e", data: ["user": "another"])
        #expect(bench.open.count == 2)
    }

    @Test func aKeyMayBeHuge() throws {
        let huge = JSON.string(String(repeating: "ä", count: 60_000))
        try bench.define("f", on: "e", rules: ["concurrency": ["limit": 1, "key": "event.data"]], plan: [])
        for _ in 0..<2 { try bench.send("e", data: ["user": huge]) }
        try bench.send("e", data: ["user": huge, "x": 1])
        #expect(bench.open.count == 2)
        let run = try bench.runs("f")[0]
        #expect((run.flow?.json.bytes.count ?? .max) < 500)
    }

    @Test func whatHasNoKeyIsOneKey() throws {
        try bench.define(
            "f", on: "e", rules: ["concurrency": ["limit": 1, "key": "event.data.user.id / 0"]], plan: [])
        try bench.send("e", data: [:])
        try bench.send("e", data: ["user": .null])
        try bench.send("e", data: ["user": ["id": 7]])
        #expect(bench.open.count == 1)
        try bench.settle()
        #expect(try bench.runs("f").allSatisfy { $0.status == .completed })
    }
}
