import JSON
import Testing
import Wire

@testable import Engine

@Suite struct EventTests {
    let bench: Bench

    init() throws { bench = try Bench() }

    @Test func startsEveryFunctionThatIsTriggered() throws {
        try bench.define("one", on: "shop/paid", plan: [.run("a")])
        try bench.define("two", on: "shop/paid", plan: [.run("a")])
        try bench.define("other", on: "shop/sent", plan: [.run("a")])
        try bench.send("shop/paid")
        try bench.settle()
        #expect(try bench.run("one").status == .completed)
        #expect(try bench.run("two").status == .completed)
        #expect(try bench.runs("other").isEmpty)
    }

    @Test(arguments: [("shop/*", true), ("shop/order.*", true), ("shop/order.p*", false), ("shop/orders.*", false)])
    func matchesWildcards(pattern: String, matches: Bool) throws {
        let functions = [Bench.function("any", triggers: [["event": .string(pattern)]])]
        let batch = bench.execute(SyncApp(Bench.registration(functions)))
        if pattern == "shop/order.p*" {
            #expect(throws: Refusal.self) { try batch.outcomes[0].get() }
        } else {
            try bench.send("shop/order.paid")
            #expect(try bench.runs("any").count == (matches ? 1 : 0))
        }
    }

    @Test(arguments: [
        ("event.data.total > 10", 1), ("event.data.total > 99", 0), ("event.data.missing.field == 1", 0),
        ("event.data.total", 0),
    ])
    func asksTheExpressionOfATrigger(expression: String, count: Int) throws {
        try bench.define("f", triggers: [["event": "e", "expression": .string(expression)]]) { _ in .returned(.null) }
        try bench.send("e", data: ["total": 20])
        #expect(try bench.runs("f").count == count)
    }

    @Test func startsAFunctionOnceWhenSeveralOfItsTriggersMatch() throws {
        try bench.define("f", triggers: [["event": "a/b"], ["event": "a/*"]]) { _ in .returned(.null) }
        try bench.send("a/b")
        #expect(try bench.runs("f").count == 1)
    }

    @Test func keepsEventsThatStartNothing() throws {
        let id = try bench.send("nobody/listens")
        #expect(try bench.events("nobody/listens").map(\.internalID) == [id])
        #expect(try bench.runs().isEmpty)
    }

    @Test func startsAFunctionOnceForASendersIDWithin24Hours() throws {
        try bench.define("f", on: "e", plan: [.run("a")])
        try bench.send("e", id: "order-7")
        try bench.send("e", id: "order-7")
        try bench.send("e", id: "order-8")
        try bench.advance(by: .hours(24) - .milliseconds(1))
        try bench.send("e", id: "order-7")
        #expect(try bench.runs("f").count == 2)
        #expect(try bench.events("e").count == 4, "a duplicate is kept and visible")
        try bench.advance(by: .milliseconds(1))
        try bench.send("e", id: "order-7")
        #expect(try bench.runs("f").count == 3)
    }

    @Test func countsSenderIDsForEachFunctionAlone() throws {
        try bench.define("one", triggers: [["event": "a"]]) { _ in .returned(.null) }
        try bench.define("two", triggers: [["event": "b"]]) { _ in .returned(.null) }
        try bench.send("a", id: "same")
        try bench.send("b", id: "same")
        #expect(try bench.runs("one").count == 1)
        #expect(try bench.runs("two").count == 1)
    }

    @Test func seesADuplicateInTheSameBatch() throws {
        try bench.define("f", on: "e", plan: [.run("a")])
        let event: JSON = ["id": "x", "name": "e"]
        bench.execute(IngestEvents([event, event]), IngestEvents([event]))
        #expect(try bench.runs("f").count == 1)
        #expect(try bench.events("e").count == 3)
    }

    @Test func startsLaterForAnEventWhoseTimeLiesAhead() throws {
        try bench.define("f", on: "e", plan: [.run("a")])
        try bench.send("e", at: bench.now + .hours(2))
        try bench.advance(by: .hours(2) - .milliseconds(1))
        let waiting = try bench.run("f")
        #expect(waiting.status == .scheduled)
        #expect(waiting.scheduledFor == waiting.createdAt + .hours(2))
        try bench.advance(by: .milliseconds(1))
        #expect(try bench.run("f").status == .completed)
        #expect(try bench.run("f").startedAt == bench.now)
    }

    @Test func startsAtOnceForAnEventOfThePast() throws {
        try bench.define("f", on: "e", plan: [])
        try bench.send("e", at: Timestamp(milliseconds: bench.now.milliseconds - 86_400_000))
        try bench.settle()
        #expect(try bench.run("f").status == .completed)
    }

    @Test(arguments: ["inngest/function.finished", "INNGEST/x", "inngest/"])
    func refusesReservedNames(name: String) throws {
        let outcome = try bench.perform(IngestEvents([["name": .string(name)]]))
        #expect(outcome.ids.isEmpty)
        #expect(try #require(outcome.error).description.contains("reserved"))
        #expect(try bench.events(name).isEmpty)
    }

    @Test func acceptsWhatStandsBeforeABadEvent() throws {
        try bench.define("f", on: "e", plan: [])
        let outcome = try bench.perform(IngestEvents([["name": "e"], ["name": "e"], ["name": ""], ["name": "e"]]))
        #expect(outcome.ids.count == 2)
        #expect(try #require(outcome.error).description.hasPrefix("name:"))
        #expect(try bench.runs("f").count == 2)
        #expect(try bench.events("e").map(\.internalID) == outcome.ids)
    }

    @Test func takesAResentRequestInOnce() throws {
        try bench.define("f", on: "e", plan: [])
        let seed = ULID(time: bench.now, random: 77)
        let events: [JSON] = [["data": ["n": 1], "name": "e"], ["data": ["n": 2], "name": "e"]]
        let first = try bench.perform(IngestEvents(events, seed: seed)).ids
        bench.now = bench.now + .seconds(1)
        let second = try bench.perform(IngestEvents(events, seed: seed)).ids
        #expect(first == second)
        #expect(first.count == 2)
        #expect(try bench.runs("f").count == 2)
        #expect(try bench.events("e").count == 2)
    }

    @Test func takesAResentRequestInOnceWithinABatch() throws {
        try bench.define("f", on: "e", plan: [])
        let request = IngestEvents([["name": "e"]], seed: ULID(time: bench.now, random: 1))
        bench.execute(request, request)
        #expect(try bench.runs("f").count == 1)
    }

    @Test func completesARequestThatWasBrokenOffAtABadEvent() throws {
        let seed = ULID(time: bench.now, random: 7)
        let first = try bench.perform(IngestEvents([["name": "e"], ["name": ""]], seed: seed))
        let second = try bench.perform(IngestEvents([["name": "e"], ["name": "e"]], seed: seed))
        #expect(second.ids.first == first.ids.first)
        #expect(try bench.events("e").count == 2)
    }

    @Test func stripsInternalsFromData() throws {
        try bench.send("e", data: ["_inngest": ["fn_id": "x"], "kept": 1])
        #expect(try bench.events("e").first?.data == ["kept": 1])
    }

    @Test func startsRunsInTheOrderOfTheirEvents() throws {
        try bench.define("f", on: "e", plan: [])
        bench.execute(IngestEvents((0..<50).map { ["data": ["n": .int($0)], "name": "e"] }))
        #expect(bench.open.map { $0.request.events[0]["data"]?["n"]?.int } == (0..<50).map { $0 })
    }
}
