import JSON
import Testing
import Wire

@testable import AppSDK

private struct Order: Codable, Sendable {
    var total: Int
}

private struct Receipt: Codable, Sendable {
    var number: Int
}

@Suite("Invoking functions")
struct InvokeTests {
    private let charge = Function("charge", accepting: Order.self) { context in
        Receipt(number: context.event.data.total)
    }

    private func invoking() -> some DurableFunction {
        Function("f", on: .event(Started.self)) { [charge] context in
            try await context.step.invoke("pay", function: charge, data: Order(total: 3), timeout: .hours(2)).number
        }
    }

    @Test("A function of this app is named by app and id, with data and timeout") func own() async throws {
        let op = try #require(await (try Rehearsal(invoking())).ops().first)
        #expect(op.code == .invokeFunction)
        #expect(op.options == ["function_id": "app-charge", "payload": ["data": ["total": 3]], "timeout": "2h"])
    }

    @Test("A function of another app is named by a reference") func foreign() async throws {
        let run = try Rehearsal(
            Function("f", on: .event(Started.self)) { context in
                let pay = FunctionReference<Order, Receipt>(app: "bank", function: "pay")
                return try await context.step.invoke("pay", function: pay, data: Order(total: 3)).number
            })
        #expect(await run.ops().first?.options == ["function_id": "bank-pay", "payload": ["data": ["total": 3]]])
    }

    @Test("The result comes back typed") func result() async throws {
        var run = try Rehearsal(invoking())
        run.remember("pay", ["data": ["number": 9]])
        #expect(await run.call().returned == 9)
    }

    @Test("A function without result is awaited all the same") func noResult() async throws {
        var run = try Rehearsal(
            Function("f", on: .event(Started.self)) { context in
                let quiet = Function("quiet", accepting: Order.self) { _ in }
                let foreign = FunctionReference<Order, Void>(app: "bank", function: "quiet")
                try await context.step.invoke("own", function: quiet, data: Order(total: 1))
                try await context.step.invoke("foreign", function: foreign, data: Order(total: 1))
                return "done"
            })
        #expect(await run.ops().count == 1)
        run.remember("own", ["data": .null])
        run.remember("foreign", ["data": ["ignored": 1]])
        #expect(await run.call().returned == "done")
    }

    @Test("A timeout is a StepError that says so") func timeout() async throws {
        var run = try Rehearsal(
            Function("f", on: .event(Started.self)) { [charge] context in
                do {
                    try await context.step.invoke("pay", function: charge, data: Order(total: 1))
                    return false
                } catch let error as StepError {
                    return error.isInvokeTimeout
                }
            })
        run.remember("pay", ["error": ["name": "InngestInvokeTimeoutError", "message": "Timed out"]])
        #expect(await run.call().returned == true)
    }

    @Test("A function that is only invoked gets the data of the invocation") func invoked() async throws {
        var run = try Rehearsal(charge)
        run.event = [
            "name": "inngest/function.invoked", "data": ["total": 5, "_inngest": ["correlation_id": "x"]], "ts": 1,
        ]
        #expect(await run.call().returned == ["number": 5])
    }

    @Test("Data that is no object is refused with an explanation") func noObject() async throws {
        let run = try Rehearsal(
            Function("f", on: .event(Started.self)) { context in
                try await context.step.invoke("x", function: FunctionReference<Int, Int>(function: "g"), data: 1)
            })
        let outcome = await run.call()
        #expect(outcome.isRetriable == false)
        #expect(outcome.failure?.message.contains("'x'") == true)
    }
}
