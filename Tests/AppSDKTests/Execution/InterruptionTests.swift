import JSON
import Synchronization
import Testing
import Wire

@testable import AppSDK

@Suite("Functions that swallow what steps throw")
struct InterruptionTests {
    @Test("try? around a step neither hides it nor runs the code behind it with effect") func optionalTry() async throws
    {
        var run = try Rehearsal(
            Function("f", on: .event(Started.self)) { context in
                let one = try? await context.step.run("one") { 1 }
                let two = try? await context.step.run("two") { (one ?? -100) + 1 }
                return [one, two]
            })
        #expect(await run.ops().map(\.displayName) == ["one"])
        #expect(await run.finish().returned == [1, 2])
    }

    @Test("catch around a step does not run another step in its place") func catchAll() async throws {
        let recorder = Recorder()
        var run = try Rehearsal(
            Function("f", on: .event(Started.self)) { context in
                do {
                    try await context.step.sleep("nap", for: .days(1))
                    return "slept"
                } catch {
                    recorder.note("caught \(type(of: error))")
                    try await context.step.run("fallback") { recorder.note("fallback") }
                    return "fell back"
                }
            })
        #expect(await run.ops().map(\.code) == [.sleep])
        #expect(recorder.all == ["caught Interruption"])
        #expect(await run.finish().returned == "slept")
    }

    @Test("A function that returns after swallowing is not taken to have returned") func returnsAnyway() async throws {
        let run = try Rehearsal(
            Function("f", on: .event(Started.self)) { context in
                try? await context.step.sleep("nap", for: .days(1))
                return "early"
            })
        #expect(await run.call().returned == nil)
        #expect(await run.ops().map(\.displayName) == ["nap"])
    }

    @Test("Parallel steps in try? are all found") func parallel() async throws {
        var run = try Rehearsal(
            Function("f", on: .event(Started.self)) { context in
                await withTaskGroup(of: Int.self) { group in
                    for index in 0..<3 {
                        group.addTask { (try? await context.step.run("s\(index)") { index }) ?? -100 }
                    }
                    return await group.reduce(0, +)
                }
            })
        #expect(await run.ops().count == 3)
        #expect(await run.finish().returned == 3)
    }

    @Test("defer runs, and steps in it have no effect") func deferred() async throws {
        let recorder = Recorder()
        let run = try Rehearsal(
            Function("f", on: .event(Started.self)) { context in
                defer { recorder.note("defer") }
                try await context.step.sleep("nap", for: .days(1))
            })
        #expect(await run.ops().count == 1)
        #expect(recorder.all == ["defer"])
    }

    @Test(
        "A loop that swallows everything for ever does not hang the app",
        .timeLimit(.minutes(10)), arguments: ["run", "sleep"])
    func endlessLoop(kind: String) async throws {
        let run = try Rehearsal(
            Function("f", on: .event(Started.self)) { context in
                while true {
                    if kind == "run" {
                        _ = try? await context.step.run("s") { 1 }
                    } else {
                        try? await context.step.sleep("s", for: .seconds(1))
                    }
                }
            },
            configure: { $0.logger.logLevel = .critical })
        #expect(await run.ops().count == 1)
    }

    @Test("A loop of cancelled calls fails the run and says why", .timeLimit(.minutes(10))) func cancelledLoop()
        async throws
    {
        let run = try Rehearsal(
            Function("f", on: .event(Started.self)) { context in
                await withTaskGroup(of: Void.self) { group in
                    group.addTask { while true { _ = try? await context.step.run("s") { 1 } } }
                    group.cancelAll()
                }
            },
            configure: { $0.logger.logLevel = .critical })
        let outcome = await run.call()
        #expect(outcome.isRetriable == false)
        #expect(outcome.failure?.name == "SwallowedCancellation")
    }

    @Test("Steps of async lets that nobody awaits are not run") func unawaited() async throws {
        let recorder = Recorder()
        let run = try Rehearsal(
            Function("f", on: .event(Started.self)) { context in
                async let _ = context.step.run("lost") { recorder.note("lost") }
                return "done"
            })
        #expect(await run.call().returned == "done")
        #expect(recorder.all == [])
    }

    @Test("A cancelled task gets CancellationError, and its step is not reported") func cancelled() async throws {
        let recorder = Recorder()
        let run = try Rehearsal(
            Function("f", on: .event(Started.self)) { context in
                await withTaskGroup(of: Void.self) { group in
                    group.addTask {
                        do {
                            try await context.step.sleep("cancelled", for: .days(1))
                        } catch {
                            recorder.note("\(type(of: error))")
                        }
                    }
                    await Task.yield()
                    group.cancelAll()
                }
                try await context.step.sleep("kept", for: .days(1))
            })
        #expect(await run.ops().map(\.displayName) == ["kept"])
        #expect(recorder.all == ["CancellationError"])
    }

    @Test("What a function awaits while it is left does not delay the answer") func slowUnwinding() async throws {
        let gate = Gate()
        let recorder = Recorder()
        let run = try Rehearsal(
            Function("f", on: .event(Started.self)) { context in
                do {
                    try await context.step.sleep("nap", for: .days(1))
                } catch {
                    await gate.wait()
                    recorder.note("left")
                    await gate.open()
                }
            })
        #expect(await run.ops().count == 1)
        #expect(recorder.all == [])
        await gate.open()
        await gate.waitForSecondOpening()
        #expect(recorder.all == ["left"])
    }
}

/// Lets a test hold a function back.
private actor Gate {
    private var openings = 0
    private var waiters: [(Int, CheckedContinuation<Void, Never>)] = []

    func open() {
        openings += 1
        for (needed, waiter) in waiters where needed <= openings { waiter.resume() }
        waiters.removeAll { $0.0 <= openings }
    }

    func wait() async { await wait(for: 1) }
    func waitForSecondOpening() async { await wait(for: 2) }

    private func wait(for needed: Int) async {
        if openings >= needed { return }
        await withCheckedContinuation { waiters.append((needed, $0)) }
    }
}
