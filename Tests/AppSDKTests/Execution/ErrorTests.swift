import Foundation
import JSON
import Testing
import Wire

@testable import AppSDK

private struct BankError: Error, LocalizedError {
    var errorDescription: String? { "the bank is closed" }
}

@Suite("Errors of steps and functions")
struct ErrorTests {
    private func throwing(_ error: any Error) -> some DurableFunction {
        Function("f", on: .event(Started.self)) { context in
            try await context.step.run("charge") { throw error }
        }
    }

    private func throwingOutside(_ error: any Error) -> some DurableFunction {
        Function("f", on: .event(Started.self)) { _ in throw error }
    }

    @Test("A step that throws is reported with type and text, to be tried again") func retried() async throws {
        let run = try Rehearsal(throwing(BankError()))
        let response = await run.response()
        #expect(response.status == 206)
        #expect(response.headers[HeaderName.retryAfter] == nil)
        let op = try #require(await run.ops().first)
        #expect(op.code == .stepError)
        #expect(op.error == ["name": "BankError", "message": "the bank is closed"])
    }

    @Test(
        "The last attempt of a step fails it", arguments: [(3, Op.Code.stepError), (4, .stepFailed), (9, .stepFailed)])
    func lastAttempt(attempt: Int, code: Op.Code) async throws {
        var run = try Rehearsal(throwing(BankError()))
        run.attempt = attempt
        #expect(await run.ops().first?.code == code)
    }

    @Test("NonRetriableError fails a step at the first attempt, with its cause") func nonRetriable() async throws {
        let run = try Rehearsal(throwing(NonRetriableError("no such card", cause: BankError())))
        let op = try #require(await run.ops().first)
        #expect(op.code == .stepFailed)
        #expect(op.error?["name"] == "NonRetriableError")
        #expect(op.error?["message"] == "no such card")
        #expect(op.error?["cause"]?["name"] == "BankError")
    }

    @Test("RetryAfterError of a step sets the header, but not when no attempt is left") func retryAfter() async throws {
        var run = try Rehearsal(throwing(RetryAfterError("busy", after: .milliseconds(90_500))))
        #expect(await run.response().headers[HeaderName.retryAfter] == "91")
        #expect(await run.ops().first?.code == .stepError)
        run.attempt = 4
        #expect(await run.response().headers[HeaderName.retryAfter] == nil)
        #expect(await run.ops().first?.code == .stepFailed)
    }

    @Test("RetryAfterError takes a date, too") func retryAt() async throws {
        let error = RetryAfterError("busy", at: Date(timeIntervalSince1970: 1_700_000_000))
        let response = await (try Rehearsal(throwingOutside(error))).response()
        #expect(response.status == 500)
        #expect(response.headers[HeaderName.retryAfter] == "2023-11-14T22:13:20.000Z")
    }

    @Test("A failed step throws StepError, which can be caught") func caught() async throws {
        var run = try Rehearsal(
            Function("f", on: .event(Started.self)) { context in
                do {
                    try await context.step.run("charge") { throw BankError() }
                    return "charged"
                } catch let error as StepError {
                    let (id, name, message) = (error.stepID, error.name, error.message)
                    return try await context.step.run("apologise") { "\(id): \(name): \(message)" }
                }
            })
        run.remember("charge", ["error": ["name": "BankError", "message": "closed"]])
        #expect(await run.finish().returned == "charge: BankError: closed")
    }

    @Test("An uncaught StepError fails the run without more retries, under the name of the first error") func uncaught()
        async throws
    {
        var run = try Rehearsal(throwing(BankError()))
        run.remember("charge", ["error": ["name": "BankError", "message": "closed"]])
        let response = await run.response()
        #expect(response.status == 400)
        #expect(response.headers[HeaderName.noRetry] == "true")
        #expect(await run.call().failure == ReportedError(name: "BankError", message: "closed"))
    }

    @Test("Another error thrown in place of a StepError is retried") func replaced() async throws {
        var run = try Rehearsal(
            Function("f", on: .event(Started.self)) { context in
                do {
                    try await context.step.run("charge") { throw BankError() }
                } catch is StepError { throw BankError() }
            })
        run.remember("charge", ["error": ["name": "BankError", "message": "closed"]])
        #expect(await run.call().isRetriable == true)
    }

    @Test("A function that throws is tried again, but not after NonRetriableError") func functions() async throws {
        let retried = await (try Rehearsal(throwingOutside(BankError()))).response()
        #expect(retried.status == 500)
        #expect(retried.headers[HeaderName.noRetry] == "false")
        let failed = await (try Rehearsal(throwingOutside(NonRetriableError("bad order")))).response()
        #expect(failed.status == 400)
        #expect(failed.headers[HeaderName.noRetry] == "true")
    }

    @Test("Attempts and an idempotency key are there for a step; the key is the same in each attempt")
    func stepContext()
        async throws
    {
        var run = try Rehearsal(
            Function("f", on: .event(Started.self)) { context in
                try await context.step.run("charge") { step in
                    ["\(step.attempt)/\(step.maxAttempts)", step.idempotencyKey]
                }
            })
        let key = "\(run.runID)-\(StepID("charge"))"
        #expect(await run.ops().first?.data == ["0/5", .string(key)])
        run.attempt = 2
        #expect(await run.ops().first?.data == ["2/5", .string(key)])
    }

    @Test("The context tells the run, the attempt and all events") func context() async throws {
        var run = try Rehearsal(
            Function("f", on: .event(Started.self)) { context in
                "\(context.runID) \(context.attempt) \(context.maxAttempts) \(context.events.count) "
                    + "\(context.event.id) \(context.event.ts) \(context.event.name)"
            })
        run.attempt = 1
        #expect(await run.call().returned == .string("\(run.runID) 1 5 1 e1 1700000000000 test/started"))
    }

    @Test("A failure handler gets the error and the event of the failed run, and has steps of its own") func onFailure()
        async throws
    {
        let main = Function("f", on: .event(Started.self), .name("Charge")) { _ in }
            .onFailure { failure in
                try await failure.step.run("tell") {
                    "\(failure.name): \(failure.message) of \(failure.failedRunID), value \(failure.event.data.value)"
                }
            }
        let run = try Rehearsal(main)
        let event: JSON = [
            "name": "inngest/function.failed", "id": "x", "ts": 1,
            "data": [
                "function_id": "app-f", "run_id": "R1", "event": run.event,
                "error": ["name": "BankError", "message": "closed"],
            ],
        ]
        var request = run.request()
        request.events = [event]
        let response = await run.app.answer(request.encode(), function: "app-f-failure")
        guard case .ops(let ops, _) = response.interpret() else {
            Issue.record("\(response)")
            return
        }
        #expect(ops.first?.data == "BankError: closed of R1, value 1")

        let registered = try #require(run.app.registration(url: "http://x").functions.last)
        #expect(registered["id"] == "app-f-failure")
        #expect(registered["name"] == "Charge (failure)")
        #expect(
            registered["triggers"] == [
                ["event": "inngest/function.failed", "expression": "event.data.function_id == 'app-f'"]
            ])
    }
}
