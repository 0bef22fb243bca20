import JSON
import Testing
import Wire

@testable import Engine

@Suite struct SyncTests {
    let bench: Bench

    init() throws { bench = try Bench() }

    private func sync(_ functions: JSON..., app: String = "app") throws -> SyncApp.Outcome {
        try bench.perform(SyncApp(Bench.registration(functions, app: app)))
    }

    private let onE: [JSON] = [["event": "e"]]

    @Test func saysWhetherAnythingChanged() throws {
        let function = Bench.function("f", triggers: onE)
        let first = try sync(function)
        let second = try sync(function)
        let third = try sync(Bench.function("f", triggers: onE, retries: 1))
        #expect([first, second, third].map(\.modified) == [true, false, true])
        #expect(Set([first, second, third].map(\.appID)).count == 1)
        #expect(Set([first, second, third].map(\.syncID)).count == 3)
        #expect(bench.engine.catalog.function("app-f")?.version == 2)
    }

    @Test(arguments: [
        (#"{"triggers":[{"event":"a/b*"}]}"#, "triggers[0].event"),
        (#"{"triggers":[{"event":"a"},{"cron":"61 * * * *"}]}"#, "triggers[1].cron"),
        (#"{"triggers":[{"cron":"TZ=Mars/Base 0 0 * * *"}]}"#, "triggers[0].cron"),
        (#"{"triggers":[{"event":"a","expression":"event."}]}"#, "triggers[0].expression"),
        (#"{"triggers":[{}]}"#, "triggers[0]"),
        (#"{"triggers":[{"event":"a"},{"event":"a"}]}"#, "triggers"),
        (#"{"retries":{"attempts":21}}"#, "retries.attempts"),
        (#"{"retries":{"attempts":"many"}}"#, "retries.attempts"),
        (#"{"steps":{}}"#, "steps.step.runtime.url"),
        (#"{"id":""}"#, "id"),
    ])
    func refusesTheWholeForOneBadFunction(change: String, path: String) throws {
        let good = Bench.function("good", triggers: onE)
        var bad = Bench.function("bad", triggers: onE)
        for member in try JSON(parsing: change).members { bad = bad.merging([member.key: member.value]) }
        let before = try DatabaseDump(bench.sqlite).text
        let refusal = #expect(throws: Refusal.self) { try sync(good, bad) }
        #expect(refusal?.reason == .invalid)
        #expect(refusal?.description.contains(": \(path)") == true, "\(String(describing: refusal))")
        #expect(try DatabaseDump(bench.sqlite).text == before)
        #expect(bench.engine.catalog.function("app-good") == nil)
    }

    @Test func namesEveryFunctionAtFault() throws {
        let refusal = #expect(throws: Refusal.self) {
            try sync(
                Bench.function("one", triggers: [[:]]), Bench.function("two", triggers: [[:]]),
                Bench.function("twin", triggers: []), Bench.function("twin", triggers: []))
        }
        for id in ["app-one", "app-two", "app-twin"] { #expect(refusal?.description.contains(id) == true) }
    }

    @Test func startsNothingForAFunctionThatIsGone() throws {
        _ = try sync(Bench.function("f", triggers: onE), Bench.function("g", triggers: onE))
        _ = try sync(Bench.function("g", triggers: onE))
        try bench.send("e")
        #expect(try bench.runs("f").isEmpty)
        #expect(try bench.runs("g").count == 1)
        #expect(bench.engine.catalog.function("app-f") == nil)
    }

    @Test func endsRunsOfAFunctionThatIsGone() throws {
        try bench.define("f", on: "e", plan: [.sleep("nap", "1h"), .run("a")])
        try bench.send("e")
        try bench.settle()
        _ = try sync(Bench.function("g", triggers: []))
        try bench.advance(by: .hours(1))
        let run = try bench.run("f")
        #expect(run.status == .failed)
        #expect(run.output?["name"] == "FunctionNotRegistered")
        #expect(run.output?["message"]?.string?.contains("app-f") == true)
        try bench.expectNothingLeft(of: run)
    }

    @Test func goesOnWithAFunctionThatComesBack() throws {
        try bench.define("f", on: "e", plan: [.sleep("nap", "1h"), .run("a")])
        try bench.send("e")
        try bench.settle()
        let function = try #require(bench.engine.catalog.function("app-f"))
        _ = try sync(Bench.function("g", triggers: []))
        _ = try sync(function.config.json)
        #expect(bench.engine.catalog.function("app-f")?.id == function.id)
        try bench.advance(by: .hours(1))
        #expect(try bench.run("f").status == .completed)
    }

    @Test func usesTheNewCodeForRunsInFlight() throws {
        try bench.define("f", on: "e", plan: [.sleep("nap", "1h")])
        try bench.send("e")
        try bench.settle()
        var function = Bench.function("f", triggers: onE)
        function = try JSON(parsing: function.text.replacing("http://app/", with: "http://elsewhere/"))
        _ = try sync(function)
        try bench.advance(by: .hours(1))
        #expect(bench.calls.last?.url.hasPrefix("http://elsewhere/") == true)
    }

    @Test func keepsWhatIsRegisteredOverARestart() throws {
        _ = try sync(Bench.function("f", triggers: [["event": "a/*", "expression": "event.data.x == 1"]]))
        let restarted = try Bench(seed: 2, store: bench.sqlite)
        try restarted.send("a/b", data: ["x": 1])
        try restarted.send("a/b", data: ["x": 2])
        #expect(try restarted.runs("f").count == 1)
        #expect(
            try restarted.perform(
                SyncApp(
                    Bench.registration([
                        Bench.function("f", triggers: [["event": "a/*", "expression": "event.data.x == 1"]])
                    ]))
            ).modified == false)
    }

    @Test func changesTriggersAtOnce() throws {
        _ = try sync(Bench.function("f", triggers: onE))
        _ = try sync(Bench.function("f", triggers: [["event": "other"]]))
        bench.execute(IngestEvents([["name": "e"], ["name": "other"]]))
        #expect(try bench.runs("f").count == 1)
    }

    @Test func leavesOtherAppsAlone() throws {
        _ = try sync(Bench.function("f", triggers: onE))
        _ = try sync(Bench.function("g", triggers: onE), app: "other")
        _ = try sync(app: "other")
        #expect(bench.engine.catalog.function("app-f") != nil)
        #expect(bench.engine.catalog.function("app-g") == nil)
    }

    @Test func findsAFunctionThatHasMovedToAnotherApp() throws {
        let function = Bench.function("f", triggers: onE)
        _ = try sync(function)
        _ = try sync(function, app: "other")
        _ = try sync()
        #expect(bench.engine.catalog.function("app-f") != nil)
    }

    @Test func seesWhatWasRegisteredEarlierInTheBatch() throws {
        bench.execute(
            SyncApp(Bench.registration([Bench.function("f", triggers: onE)])), IngestEvents([["name": "e"]]))
        #expect(try bench.runs("f").count == 1)
    }
}
