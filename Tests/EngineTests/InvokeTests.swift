import JSON
import Testing
import Wire

@testable import Engine

@Suite struct InvokeTests {
    let bench: Bench

    init() throws { bench = try Bench() }

    private func defineParent(_ function: String = "app-child", timeout: String? = nil, catching: Bool = true) throws {
        try bench.define(
            "parent", on: "begin", catching: catching,
            plan: [.invoke("call", function, timeout: timeout), .run("after")])
    }

    @Test func returnsTheResultOfTheChild() throws {
        try bench.define("child", output: ["answer": 42], plan: [.run("think")])
        try defineParent()
        try bench.send("begin")
        try bench.settle()
        let (parent, child) = (try bench.run("parent"), try bench.run("child"))
        #expect(parent.status == .completed)
        #expect(try bench.value("call", parent) == ["data": ["answer": 42]])
        #expect(child.invokedBy == StepKey(run: parent.id, step: StepID("call")))
        #expect(try bench.steps(parent) == ["call", "after"])
        let started = try #require(try bench.history(parent).first { $0.kind == .invokeStarted })
        #expect(started.detail["run_id"]?.string == child.id.description)
        try bench.expectNothingLeft(of: parent)
    }

    @Test func handsThePayloadOver() throws {
        try bench.define("child", plan: [])
        try defineParent()
        try bench.send("begin")
        try bench.settle()
        let event = try #require(try bench.events("inngest/function.invoked").first)
        #expect(event.data["from"] == "call")
        let parent = try bench.run("parent")
        #expect(event.data["_inngest"]?["correlation_id"]?.string == "\(parent.id).\(StepID("call"))")
        let finished = try #require(try bench.events("inngest/function.finished").first)
        #expect(finished.data["correlation_id"] == event.data["_inngest"]?["correlation_id"])
    }

    @Test func handsTheMetaOver() throws {
        try bench.define("child", plan: [])
        try bench.define("parent", on: "begin", plan: [])
        try bench.send("begin")
        let call = try bench.take()
        let payload: JSON = ["data": [:], "meta": ["sessions": ["chat": "c1"]]]
        let invoke = Op(
            .invokeFunction, id: StepID("i"), options: ["function_id": "app-child", "payload": payload])
        try bench.perform(bench.answer(call, invoke))
        let event = try #require(try bench.events("inngest/function.invoked").first)
        #expect(event.json["meta"] == ["sessions": ["chat": "c1"]])
    }

    @Test func handsTheErrorOfTheChildOver() throws {
        try bench.define("child", catching: false, plan: [.fail("break")])
        try defineParent()
        try bench.send("begin")
        try bench.settle()
        let parent = try bench.run("parent")
        #expect(try bench.run("child").status == .failed)
        #expect(try bench.value("call", parent)?["error"]?["message"] == "did not work")
        #expect(parent.status == .completed, "the function caught it")
    }

    @Test func waitsForTheRetriesOfTheChild() throws {
        try bench.define("child", plan: [.run("flaky", failing: 3)])
        try defineParent()
        try bench.send("begin")
        try bench.settle()
        #expect(try bench.run("parent").status == .running)
        try bench.advance(by: .hours(1))
        #expect(try bench.value("call", try bench.run("parent")) == ["data": "done"])
    }

    @Test func givesUpAtTheTimeoutAndLeavesTheChildAlone() throws {
        try bench.define("child", plan: [.sleep("nap", "2h")])
        try defineParent(timeout: "1h")
        try bench.send("begin")
        try bench.advance(by: .hours(1))
        let parent = try bench.run("parent")
        #expect(try bench.value("call", parent)?["error"]?["name"] == "InngestInvokeTimeoutError")
        #expect(parent.status == .completed)
        #expect(try bench.run("child").status == .running)
        try bench.advance(by: .hours(1))
        #expect(try bench.run("child").status == .completed)
        #expect(try bench.steps(try bench.run("parent")) == ["call", "after"], "the late result counts for nothing")
    }

    @Test func failsTheStepForAFunctionThatIsNotThere() throws {
        try defineParent("app-nobody")
        try bench.send("begin")
        try bench.settle()
        let parent = try bench.run("parent")
        #expect(try bench.value("call", parent)?["error"]?["message"]?.string?.contains("app-nobody") == true)
        #expect(parent.status == .completed)
    }

    @Test func failsTheStepWhenTheChildIsCancelled() throws {
        try bench.define("child", plan: [.sleep("nap", "2h")])
        try defineParent()
        try bench.send("begin")
        try bench.settle()
        try bench.perform(CancelRun(try bench.run("child").id))
        try bench.settle()
        #expect(try bench.value("call", try bench.run("parent"))?["error"]?["name"] == "InngestInvokeCancelledError")
    }

    @Test func leavesTheChildAloneWhenTheParentIsCancelled() throws {
        try bench.define("child", plan: [.sleep("nap", "2h")])
        try defineParent()
        try bench.send("begin")
        try bench.settle()
        try bench.perform(CancelRun(try bench.run("parent").id))
        try bench.advance(by: .hours(2))
        #expect(try bench.run("child").status == .completed)
        #expect(try bench.run("parent").status == .cancelled)
    }

    @Test func takesTheFunctionsUUID() throws {
        try bench.define("child", plan: [])
        let id = try #require(bench.engine.catalog.function("app-child")).id
        try defineParent(id.description)
        try bench.send("begin")
        try bench.settle()
        #expect(try bench.run("child").status == .completed)
        #expect(try bench.run("parent").status == .completed)
    }

    @Test func resumesAParentWhoseChildEndsInTheBatchThatCancelsAnother() throws {
        try bench.define("child", triggers: []) { _ in .returned("late") }
        try defineParent()
        bench.execute(IngestEvents([["name": "begin"], ["name": "begin"]]))
        for call in [try bench.take("parent"), try bench.take("parent")] {
            try bench.perform(bench.answer(call, bench.scripted(call)))
        }
        let (first, second) = (try bench.take("child"), try bench.take("child"))
        let parents = try bench.runs("parent")
        bench.execute(
            bench.answer(first, .returned(1)), CancelRun(parents[1].id), bench.answer(second, .returned(2)))
        try bench.settle()
        #expect(try bench.value("call", parents[0]) == ["data": 1])
        #expect(try bench.runs("parent").map(\.status) == [.completed, .cancelled])
        #expect(try bench.runs("child").map(\.status) == [.completed, .completed])
    }

    @Test func invokesSeveralSideBySide() throws {
        try bench.define("child", plan: [.run("work")])
        try bench.define(
            "parent", on: "begin",
            plan: [.all([[.invoke("x", "app-child")], [.invoke("y", "app-child")], [.run("z")]]), .run("after")])
        try bench.send("begin")
        try bench.settle()
        let parent = try bench.run("parent")
        #expect(parent.status == .completed)
        #expect(try bench.steps(parent).last == "after")
        #expect(try bench.steps(parent).count == 4)
    }

    @Test func waitsForTheOthersOfAGroupWhenOneFunctionIsNotThere() throws {
        try bench.define(
            "parent", on: "begin",
            plan: [.all([[.invoke("x", "app-nobody")], [.sleep("nap", "1h")]]), .run("after")])
        try bench.send("begin")
        try bench.advance(by: .hours(1))
        let parent = try bench.run("parent")
        #expect(try bench.steps(parent) == ["x", "nap", "after"])
        #expect(bench.calls(for: parent).count == 3, "found, all done, after")
    }

    @Test func invokesAFunctionThatInvokesAnother() throws {
        try bench.define("grandchild", output: "deep", plan: [])
        try bench.define("child", plan: [.invoke("down", "app-grandchild")])
        try defineParent()
        try bench.send("begin")
        try bench.settle()
        #expect(try bench.runs().allSatisfy { $0.status == .completed })
    }

    @Test func startsAFunctionByCommand() throws {
        try bench.define("f", plan: [.run("a")])
        let started = try bench.perform(InvokeFunction("app-f", data: ["x": 1]))
        try bench.settle()
        let run = try bench.run("f")
        #expect(run.id == started.run)
        #expect(run.status == .completed)
        #expect(try bench.timeline(run).events.map(\.event.internalID) == [started.event])
        #expect(throws: Refusal.self) { try bench.perform(InvokeFunction("app-g", data: [:])) }
    }
}
