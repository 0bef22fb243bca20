import Engine
import JSON
import Testing
import Wire

@testable import Orchestrator

/// What the tests of Tests/CopiedTests, which are made of real runs and run, do not have.
@Suite("A run as a test")
struct CopiedTestTests {
    private static let large = JSON.string(String(repeating: "x", count: CopiedValue.limit))

    private func until(_ seconds: Double) -> JSON { .string(RunStory.at(seconds).description) }

    // MARK: How it began

    @Test("Events come with all that a sender gave them")
    func events() {
        var story = RunStory()
        story.event("a/b", data: ["x": 1], user: ["id": "u"], version: "2")
        #expect(
            story.story == [
                #"try await orchestrator.send([OutgoingEvent(name: "a/b", data: ["x": 1], user: ["id": "u"], version: "2")])"#
            ])
    }

    @Test("A batch is sent at once, and gets the time that it was collected in")
    func batch() {
        var story = RunStory(batch: ULID(time: RunStory.start, random: 9))
        story.event("a/b", data: ["x": 1], receivedAt: -30)
        story.event("a/b", data: ["x": 2], receivedAt: -12.5)
        #expect(
            story.story == [
                "try await orchestrator.send([", #"    OutgoingEvent(name: "a/b", data: ["x": 1]),"#,
                #"    OutgoingEvent(name: "a/b", data: ["x": 2]),"#, "])",
                "try await orchestrator.advance(by: .seconds(30))",
            ])
    }

    @Test("Large data and users are left out, with a word about each")
    func largeEvents() {
        var story = RunStory()
        story.event("a/b", data: ["x": Self.large], user: ["y": Self.large])
        #expect(
            story.story == [
                "// The data has 32776 bytes, which is too much to stand here: put them in.",
                "// The user has 32776 bytes, which is too much to stand here: put them in.",
                #"try await orchestrator.send([OutgoingEvent(name: "a/b")])"#,
            ])
        #expect(CopiedValue(.string(String(repeating: "x", count: CopiedValue.limit - 2))).json != nil)
    }

    @Test("It says that the events are gone, or that it went on from a step")
    func gone() {
        var story = RunStory()
        story.note(.runRerun)
        #expect(
            story.story == [
                "// It was a rerun from a step. Here all steps run.", "// The events are gone that started it.",
            ])
    }

    @Test("What nobody can send is invoked")
    func internalEvents() {
        var story = RunStory()
        story.event(InternalEvent.functionInvoked, data: ["_inngest": ["a": 1], "total": 2])
        #expect(story.story == [#"try await orchestrator.invoke("import", data: ["total": 2] as JSONValue)"#])
        story = RunStory()
        story.event(InternalEvent.functionFailed, data: ["x": Self.large])
        #expect(
            story.story == [
                #"// It began by "inngest/function.failed", which a test can't send: what it is given may differ."#,
                "// The data has 32776 bytes, which is too much to stand here: put them in.",
                #"try await orchestrator.invoke("import")"#,
            ])
    }

    @Test("A schedule's tick comes a second after the test has begun, with what chance put it off by")
    func schedule() {
        var story = RunStory(cron: "0 9 * * *", scheduledFor: 2.5)
        story.event(InternalEvent.cronTick, data: ["scheduledAt": .string(RunStory.start.description)])
        #expect(story.code.contains("startingAt: Date(timeIntervalSince1970: 1795435199))"))
        #expect(story.code.contains("import Foundation"))
        #expect(story.story == ["try await orchestrator.advance(by: .seconds(4))"])
        #expect(story.code.contains(#"let run = try #require(await orchestrator.runs(of: "import").first)"#))
    }

    @Test("A function that is gone has no name")
    func unknownFunction() {
        var story = RunStory()
        (story.slug, story.app) = (nil, nil)
        #expect(story.code.contains("@Test func Run() async throws {"))
        #expect(story.code.contains(#"run(of: "?")"#))
    }

    // MARK: What steps answered

    @Test("Steps answer as they did; those that send do so themselves")
    func stubs() {
        var story = RunStory()
        story.event("go")
        for (id, detail) in [
            ("read", [:]), ("tell", ["type": "step.sendEvent"]), ("call", ["type": "step.sendSignal"]), ("huge", [:]),
            ("nothing", [:]),
        ] as [(String, JSON)] {
            story.note(.stepCompleted, id, detail)
        }
        story.note(.stepFailed, "charge", ["error": ["message": "no \"funds\""]])
        story.note(.stepCompleted, "read:1", ["label": "read"])
        story.step("read", ["data": ["a": 1]])
        story.step("read:1", ["data": 2])
        story.step("tell", ["data": 1])
        story.step("call", ["data": 1])
        story.step("huge", ["data": Self.large])
        story.step("nothing", .null)
        story.step("charge", ["error": ["message": "no \"funds\""]])
        story.step("kept from another run", ["data": 1])
        #expect(
            story.story.dropLast() == [
                #"try await orchestrator.stub("read", returning: ["a": 1] as JSONValue)"#,
                #"// "read" ran more than once: all get one answer here."#,
                #"// "huge" answered 32779 bytes, which is too much to stand here: its own code runs."#,
                #"try await orchestrator.stub("nothing", returning: nil as JSONValue)"#,
                #"await orchestrator.stub("charge", throwing: NonRetriableError("no \"funds\""))"#,
            ])
    }

    // MARK: What happened then

    @Test("Sleeps pass once, also where they were side by side")
    func sleeps() {
        var story = RunStory()
        story.event("go")
        story.note(.sleepStarted, "long", at: 0, ["until": until(7200)])
        story.note(.sleepStarted, "short", at: 0, ["until": until(60)])
        story.note(.sleepEnded, "short", at: 60)
        story.note(.sleepEnded, "long", at: 7200)
        #expect(
            story.story.dropFirst() == [
                "try await orchestrator.advance(by: .minutes(1))", "try await orchestrator.advance(by: .minutes(119))",
            ])
    }

    @Test("What it waited for comes within whole minutes of when it came")
    func waits() {
        var story = RunStory()
        story.event("go")
        story.note(.waitStarted, "click", at: 1, ["until": until(500)])
        story.note(.waitMatched, "click", at: 150, ["event": "mail/clicked"])
        story.note(.signalAwaited, "consent", at: 150, ["until": until(500)])
        story.note(.signalReceived, "consent", at: 160, ["signal": "yes\n"])
        story.note(.signalAwaited, "letter", at: 160, ["until": until(500)])
        story.note(.signalReceived, "letter", at: 160, ["signal": "text"])
        story.step("click", ["name": "other/name", "data": ["x": 1], "v": "3"])
        story.step("consent", ["data": ["data": true, "signal": "yes\n"]])
        story.step("letter", ["data": ["data": Self.large, "signal": "text"]])
        #expect(
            story.story.dropFirst() == [
                "try await orchestrator.advance(by: .minutes(2))",
                #"try await orchestrator.send([OutgoingEvent(name: "mail/clicked", data: ["x": 1], version: "3")])"#,
                #"try await orchestrator.sendSignal("yes\n", data: true)"#,
                "// The data has 32804 bytes, which is too much to stand here: put them in.",
                #"try await orchestrator.sendSignal("text", data: nil as JSONValue)"#,
            ])
    }

    @Test("Functions of other apps have to be given")
    func invocation() {
        var story = RunStory()
        story.event("go")
        story.note(.invokeStarted, "ask", at: 0, ["function": "shop-price", "until": until(9000)])
        story.note(.invokeEnded, "ask", at: 100)
        story.note(.stepCompleted, "read", at: 100)
        story.step("read", ["data": 1])
        #expect(
            story.story == [
                #"try await orchestrator.stub("read", of: "import", returning: 1)"#,
                #"try await orchestrator.send([OutgoingEvent(name: "go")])"#,
                #"// "ask" invokes shop-price: give TestOrchestrator the app of that, too."#,
                "try await orchestrator.advance(by: .minutes(3))",
            ])
    }

    @Test("Attempts of the function wait as long as chance can make them")
    func attempts() {
        var story = RunStory()
        story.event("go")
        story.note(.call, at: 0, attempt: 0, ["error": ["message": "a\n}b"], "retry_at": until(15)])
        story.note(.call, at: 15, attempt: 1, ["error": ["message": "told when"], "retry_at": until(615.5)])
        story.note(.call, at: 0, attempt: 40, ["error": ["message": "late"], "retry_at": until(1)])
        story.note(.call, "a step", at: 0, attempt: 0, ["error": ["message": "stubbed"], "retry_at": until(15)])
        story.note(.call, at: 700, attempt: 3)
        #expect(
            story.story.dropFirst() == [
                "// The function itself failed here, and was tried again: a }b",
                "try await orchestrator.advance(by: .seconds(45))",
                "// The function itself failed here, and was tried again: told when",
                "try await orchestrator.advance(by: .seconds(601))",
                "// The function itself failed here, and was tried again: late",
                "try await orchestrator.advance(by: .seconds(7230))",
            ])
    }

    @Test("A cancellation is the test's own, unless time alone brings it about")
    func cancellation() {
        var story = RunStory()
        story.event("go")
        story.note(.runCancelled, at: 130, ["reason": "cancel_on", "text": "the event a/b came"])
        #expect(
            story.story.dropFirst() == [
                "try await orchestrator.advance(by: .minutes(2))",
                "// Here the test cancels it. It was: the event a/b came",
                #"try await orchestrator.cancel(orchestrator.run(of: "import"))"#,
            ])
        story.history = []
        story.note(.runCancelled, at: 20, ["reason": "finish_timeout"])
        #expect(story.story.dropFirst() == ["try await orchestrator.advance(by: .seconds(21))"])
        story.history = []
        story.note(.runSkipped, nil, ["reason": "singleton"])
        #expect(
            story.story.dropFirst() == ["// It was skipped (singleton), which this test has to bring about first."])
    }

    // MARK: How it ended

    @Test("The outcome is expected where it can stand there")
    func outcomes() {
        func outcome(_ status: Run.Status, _ output: JSON?) -> [String] {
            var story = RunStory()
            (story.run.status, story.run.output) = (status, output)
            return story.expectations
        }
        let names = "run.stepNames == [])"
        #expect(outcome(.completed, 1) == ["run.status == .completed)", names, "try run.output() == 1)"])
        #expect(outcome(.completed, .null) == ["run.status == .completed)", names])
        #expect(outcome(.completed, Self.large) == ["run.status == .completed)", names])
        #expect(
            outcome(.failed, ["message": "\\(x)"])
                == ["run.status == .failed)", names, #"run.failure?.message == "\\(x)")"#])
        #expect(outcome(.failed, "text") == ["run.status == .failed)", names])
        #expect(outcome(.scheduled, nil) == ["run.status == .queued)", names])
    }

    @Test("Steps that were planned together are expected in any order, and stand as they began")
    func parallel() {
        var story = RunStory()
        for id in ["a", "b"] { story.note(.stepPlanned, id, at: 1) }
        story.step("b", label: "b", ["data": 1])
        story.step("a", label: "a", ["data": 1])
        #expect(story.expectations.last == #"Set(run.stepNames) == ["a", "b"])"#)
        story.history = []
        for (time, id) in ["a", "b"].enumerated() { story.note(.stepPlanned, id, at: Double(time)) }
        #expect(story.expectations.last == #"run.stepNames == ["b", "a"])"#)
    }
}
