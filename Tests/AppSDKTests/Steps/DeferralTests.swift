import JSON
import Testing
import Wire

@testable import AppSDK

@Suite("Deferring")
struct DeferralTests {
    private static let survey = Function("survey", on: .deferred(Started.self)) { _ in }

    private func deferring(_ body: @escaping @Sendable (Context<Started>) async throws -> Void) -> some DurableFunction
    {
        Function("f", on: .event(Started.self)) { context in try await body(context) }
    }

    @Test("A deferral is reported with the next step that is found, run, or with the result") func reported()
        async throws
    {
        let run = try Rehearsal(
            deferring { context in
                context.defer("later", to: Self.survey, data: Started(value: 7))
                try await context.step.run("s") {}
            })
        let ops = await run.ops()
        #expect(ops.map(\.code) == [.deferAdd, .stepRun])
        #expect(ops[0].options == ["fn_slug": "app-survey", "input": ["value": 7]])
        let planned = await run.ops(planOnly: true)
        #expect(planned.map(\.code) == [.deferAdd, .stepPlanned])
        #expect(planned[0].id == ops[0].id)
        let only = try Rehearsal(
            deferring { context in context.defer("later", to: Self.survey, data: Started(value: 7)) })
        #expect(await only.ops().map(\.code) == [.deferAdd, .runComplete])
    }

    @Test("What the orchestrator knows is not reported again") func known() async throws {
        var run = try Rehearsal(
            deferring { context in context.defer("later", to: Self.survey, data: Started(value: 7)) })
        run.defers = [(try #require(await run.ops().first).id, true)]
        #expect(await run.call().returned == .null)
    }

    @Test("An abort is reported for what is known, and leaves out what is not") func abort() async throws {
        let function = deferring { context in
            let deferral = context.defer("later", to: Self.survey, data: Started(value: 7))
            deferral.abort()
            deferral.abort()
        }
        var run = try Rehearsal(function)
        #expect(await run.call().returned == .null)
        let id = StepID("defer:later")
        run.defers = [(id, true)]
        let ops = await run.ops()
        #expect(ops.map(\.code) == [.deferAbort, .runComplete])
        #expect(ops[0].options?["target_hashed_id"]?.string == id.hash)
        run.defers = [(id, false)]
        #expect(await run.call().returned == .null)
    }

    @Test("It works in a step's code, too") func inStep() async throws {
        let run = try Rehearsal(
            deferring { context in
                try await context.step.run("s") {
                    context.defer("later", to: Self.survey, data: Started(value: 7))
                }
            })
        #expect(await run.ops().map(\.code) == [.deferAdd, .stepRun])
    }

    @Test("A call that fails has deferred nothing") func failed() async throws {
        struct Broken: Error {}
        let run = try Rehearsal(
            deferring { context in
                context.defer("later", to: Self.survey, data: Started(value: 7))
                throw Broken()
            })
        #expect(await run.call().failure?.name == "Broken")
    }

    @Test("What can't be deferred does not fail the run") func refused() async throws {
        let invoked = Function("invoked", accepting: Started.self) { _ in }
        let numbers = Function("numbers", on: .deferred(Int.self)) { _ in }
        let function = deferring { context in
            context.defer("no-trigger", to: invoked, data: Started(value: 1))
            context.defer("no-object", to: numbers, data: 1)
            for index in 0..<25 { context.defer("\(index)", to: Self.survey, data: Started(value: index)) }
        }
        let ops = try await Rehearsal(function, configure: { $0.logger.logLevel = .critical }).ops()
        #expect(ops.count { $0.code == .deferAdd } == 20)
        #expect(ops.last?.code == .runComplete)
    }

    @Test("A deferred function is registered for what is deferred to it") func registered() throws {
        let app = try App("app", configuration: Configuration(mode: .dev, environment: [:])) { Self.survey }
        #expect(
            app.registration(url: "http://h/x").functions[0]["triggers"] == [
                [
                    "event": "inngest/deferred.schedule",
                    "expression": "event.data._inngest.fn_slug == 'app-survey'",
                ]
            ])
    }
}
