import JSON
import Testing
import Wire

@testable import Engine

@Suite struct EndingTests {
    let bench: Bench

    init() throws { bench = try Bench() }

    private func endings() throws -> [String] {
        try ["inngest/function.finished", "inngest/function.failed", "inngest/function.cancelled"].flatMap {
            try bench.events($0).map(\.name)
        }
    }

    @Test func announcesACompletedRun() throws {
        try bench.define("f", on: "e", output: 42, plan: [])
        try bench.send("e", data: ["n": 1])
        try bench.settle()
        #expect(try endings() == ["inngest/function.finished"])
        let data = try #require(try bench.events("inngest/function.finished").first).data
        #expect(data["function_id"] == "app-f")
        #expect(data["run_id"]?.string == (try bench.run("f").id.description))
        #expect(data["result"] == 42)
        #expect(data["error"] == nil)
        #expect(data["event"]?["data"] == ["n": 1])
        #expect(data["events"]?.elements.map { $0["name"] } == ["e"])
        #expect(data["_inngest"]?["status"] == "Completed")
    }

    @Test func announcesAFailedRun() throws {
        try bench.define("f", on: "e", catching: false, plan: [.fail("a")])
        try bench.send("e")
        try bench.settle()
        #expect(try endings() == ["inngest/function.finished", "inngest/function.failed"])
        let failed = try #require(try bench.events("inngest/function.failed").first)
        #expect(failed.senderID == (try bench.run("f").id.description))
        #expect(failed.data["error"]?["name"] == "TestError")
        #expect(failed.data["error"]?["error"] == "TestError")
        #expect(failed.data["error"]?["message"] == "did not work")
        #expect(failed.data["_inngest"]?["status"] == "Failed")
        #expect(failed.data["result"] == nil)
    }

    @Test func announcesACancelledRun() throws {
        try bench.define("f", on: "e", plan: [.sleep("nap", "1d")])
        try bench.send("e")
        try bench.settle()
        try bench.perform(CancelRun(try bench.run("f").id))
        #expect(try endings() == ["inngest/function.finished", "inngest/function.cancelled"])
    }

    @Test func runsAFailureHandlerOnce() throws {
        try bench.define("f", on: "e", catching: false, plan: [.fail("a")])
        try bench.define(
            "f-failure",
            triggers: [
                ["event": "inngest/function.failed", "expression": "event.data.function_id == 'app-f'"]
            ]
        ) { _ in .failed(ReportedError(name: "Also", message: "broken"), retriable: false, retryAfter: nil) }
        try bench.send("e")
        try bench.settle()
        #expect(try bench.run("f-failure").status == .failed)
        #expect(try endings().count == 2, "a run that an ending started has none of its own")
    }

    @Test func doesNotLoopOverAWildcardForInternalEvents() throws {
        try bench.define("watcher", on: "inngest/*", plan: [])
        try bench.define("f", on: "e", plan: [])
        try bench.send("e")
        try bench.settle()
        #expect(try bench.runs("watcher").count == 1)
    }

    @Test func leavesNothingBehind() throws {
        try bench.define(
            "f", on: "e", catching: false,
            plan: [
                .all([
                    [.wait("w", event: "go", if: "event.data.a == async.data.a", timeout: "1d")], [.sleep("nap", "1d")],
                    [.invoke("i", "app-child")], [.fail("a")],
                ])
            ])
        try bench.define("child", plan: [.sleep("nap", "1d")])
        bench.requestVersion = 1
        try bench.send("e")
        try bench.settle()
        let run = try bench.run("f")
        #expect(run.status == .failed)
        #expect(run.pending == 0)
        try bench.expectNothingLeft(of: run)
    }
}
