import AppSDK
import Hummingbird
import JSON
import Rig
import Wire

/// An app with every kind of step, and some that fail once.
struct TrialApp: Sendable {
    let ledger: StepLedger
    let app: App

    init(ledger: StepLedger, orchestrator: String) throws {
        self.ledger = ledger
        var configuration = AppSDK.Configuration(mode: .dev, environment: ["INNGEST_BASE_URL": orchestrator])
        configuration.logger.logLevel = .critical
        let trial = Trial(ledger: ledger)
        app = try App("trial", configuration: configuration) {
            trial.sequence
            trial.witness
            trial.nap
            trial.fan
            trial.asker
            trial.answerer
            trial.caller
            trial.callee
        }
    }

    /// Serves the app, with the ledger between it and the orchestrator.
    func router() -> Router<BasicRequestContext> {
        let router = Router()
        for method in [HTTPRequest.Method.get, .put, .post] {
            router.on("/api/inngest", method: method) { request, _ in try await respond(to: request) }
        }
        return router
    }

    private func respond(to request: Request) async throws -> Response {
        let body = Array(buffer: try await request.body.collect(upTo: 8 << 20))
        let call = (try? JSON(parsing: body)).flatMap { try? CallRequest($0) }
        let (head, answer) = await StepLedger.$call.withValue(call.map(ledger.arrived)) {
            await app.handle(request.head, body: body)
        }
        return Response(
            status: head.status, headers: head.headerFields, body: ResponseBody(byteBuffer: ByteBuffer(bytes: answer)))
    }
}

/// The functions.
private struct Trial {
    let ledger: StepLedger

    /// Code that writes down that it runs, and returns the name of its step.
    func run(_ name: String, _ step: Step, failsOnce: Bool = false) async throws -> String {
        try await step.run(name) { context in
            ledger.ran(name, attempt: context.attempt)
            if failsOnce, context.attempt == 0 { throw FailsOnce() }
            return name
        }
    }

    func key(_ context: Context<JSONValue>) throws -> String { try context.event.data.decode(Subject.self).key }

    var sequence: some DurableFunction {
        Function("sequence", on: .event(named: "trial/sequence")) { context in
            let step = context.step
            let first = try await run("first", step)
            let second = try await run("fails-once", step, failsOnce: true)
            return Receipt(key: try key(context), steps: [first, second, try await run("last", step)])
        }
    }

    var witness: some DurableFunction {
        Function("witness", on: .event(named: "trial/sequence")) { context in
            Receipt(key: try key(context), steps: [try await run("seen", context.step)])
        }
    }

    var nap: some DurableFunction {
        Function("nap", on: .event(named: "trial/nap")) { context in
            let before = try await run("before", context.step)
            try await context.step.sleep("nap", for: .milliseconds(400))
            return Receipt(key: try key(context), steps: [before, try await run("after", context.step)])
        }
    }

    var fan: some DurableFunction {
        Function("fan", on: .event(named: "trial/fan")) { context in
            let step = context.step
            async let left = run("left", step)
            async let middle = run("middle", step, failsOnce: true)
            async let right = run("right", step)
            let parts = try await [left, middle, right]
            return Receipt(key: try key(context), steps: parts + [try await run("join", step)])
        }
    }

    var asker: some DurableFunction {
        Function("asker", on: .event(named: "trial/ask")) { context in
            let (step, key) = (context.step, try key(context))
            let prepared = try await run("prepare", step)
            // Both are found in one call, and the wait is there before the question.
            async let reply = step.waitForEvent(
                "reply", Answer.self, timeout: .hours(1), where: \.key, equals: key)
            async let question = step.sendEvent("ask", Question(key: key))
            let (answer, _) = try await (reply, question)
            return Receipt(key: answer?.data.key ?? "no answer came", steps: [prepared, try await run("use", step)])
        }
    }

    var answerer: some DurableFunction {
        Function("answerer", on: .event(Question.self)) { context in
            let thought = try await run("think", context.step)
            try await context.step.sendEvent("answer", Answer(key: context.event.data.key))
            return Receipt(key: context.event.data.key, steps: [thought])
        }
    }

    var caller: some DurableFunction {
        Function("caller", on: .event(named: "trial/call")) { context in
            let step = context.step
            let before = try await run("before", step)
            let result = try await step.invoke("call", function: callee, data: Subject(key: try key(context)))
            return Receipt(key: result.key, steps: [before] + result.steps + [try await run("after", step)])
        }
    }

    var callee: Function<Subject, Receipt> {
        Function("callee", accepting: Subject.self) { context in
            Receipt(key: context.event.data.key, steps: [try await run("work", context.step, failsOnce: true)])
        }
    }
}

private struct FailsOnce: Error {}
