import JSON
import Testing
import Wire

@testable import Engine

@Suite struct DeterminismTests {
    /// What a small house does in a few hours, with failures, groups, waits, schedules and little room.
    private func story(seed: UInt64) throws -> String {
        let bench = try Bench(seed: seed)
        bench.room = 7
        try bench.define("child", plan: [.run("flaky", failing: 1)])
        try bench.define("tick", triggers: [["cron": "*/20 * * * *"]]) { _ in .returned(.null) }
        try bench.define("onEnd", on: "inngest/function.failed", plan: [.run("note")])
        try bench.define("bad", on: "e", retries: 1, catching: false, plan: [.run("a", failing: 9)])
        try bench.define(
            "f", on: "e",
            plan: [
                .all([
                    [.run("a"), .run("b")], [.sleep("nap", "1h")], [.invoke("i", "app-child")],
                    [
                        .wait(
                            "w", event: "go", if: "event.data.n == async.data.n || async.data.m == event.data.n",
                            timeout: "2h")
                    ],
                ]), .run("c"),
            ])
        bench.execute(IngestEvents((0..<20).map { ["data": ["n": .int($0)], "name": "e"] }))
        try bench.advance(by: .minutes(30))
        bench.execute(IngestEvents((5..<15).map { ["data": ["n": .int($0)], "name": "go"] }))
        try bench.perform(CancelRun(try bench.runs("f")[3].id))
        try bench.advance(by: .hours(3))
        return try DatabaseDump(bench.sqlite).text
    }

    @Test func writesTheSameForTheSameSeed() throws {
        let first = try story(seed: 7)
        #expect(first.count > 10_000)
        #expect(try story(seed: 7) == first)
        #expect(try story(seed: 8) != first)
    }
}
