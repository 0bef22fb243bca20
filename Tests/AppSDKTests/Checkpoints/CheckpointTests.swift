import JSON
import Synchronization
import Testing
import Wire

@testable import AppSDK

/// Takes checkpoints as the protocol says, or refuses them as a test says.
private final class CheckpointDouble: HTTPTransport {
    private let bodies = Mutex<[JSON]>([])
    private let status: @Sendable (_ attempt: Int) -> Int

    init(_ status: @escaping @Sendable (_ attempt: Int) -> Int = { _ in 200 }) { self.status = status }

    var requests: [JSON] { bodies.withLock { $0 } }

    /// The names of the steps in each request.
    var steps: [[String]] {
        requests.map { $0["steps"]?.elements.compactMap { $0["displayName"]?.string } ?? [] }
    }

    func send(_ request: OutgoingRequest) async throws -> IncomingResponse {
        #expect(request.method == "POST")
        let body = try JSON(parsing: request.body)
        let runID = try #require(body["run_id"]?.string)
        #expect(request.url.hasSuffix("/v1/checkpoint/\(runID)/async"))
        let count = bodies.withLock { bodies in
            bodies.append(body)
            return bodies.count
        }
        let status = status(count)
        return IncomingResponse(status: status, body: Array(status == 200 ? "".utf8 : #"{"error":"no"}"#.utf8))
    }
}

@Suite("Checkpointing")
struct CheckpointTests {
    private let recorder = Recorder()

    private func threeSteps(_ settings: Setting<Started>...) -> some DurableFunction {
        Function("f", on: [.event(Started.self)], settings.first ?? .retries(4)) { [recorder] context in
            var values: [Int] = []
            for number in 1...3 {
                values.append(
                    try await context.step.run("s\(number)") {
                        recorder.note("s\(number)")
                        return number
                    })
            }
            return values
        }
    }

    private func rehearsal(
        _ function: any DurableFunction, _ server: CheckpointDouble, policy: Checkpointing = .safe,
        configure: (inout Configuration) -> Void = { _ in }
    ) throws -> Rehearsal {
        var rehearsal = try Rehearsal(function) { configuration in
            configuration.checkpointing = policy
            configuration.transport = server
            configuration.pause = { _ in }
            configuration.logger.logLevel = .critical
            configure(&configuration)
        }
        rehearsal.queueItemID = "q1"
        return rehearsal
    }

    @Test("A run of three steps is one call: each step is reported before the next begins") func safe() async throws {
        let server = CheckpointDouble()
        let ops = try await rehearsal(threeSteps(), server).ops()
        #expect(ops.map(\.code) == [.runComplete])
        #expect(ops.first?.id == .runComplete)
        #expect(ops.first?.data == [1, 2, 3])
        #expect(server.steps == [["s1"], ["s2"], ["s3"]])
        #expect(recorder.all == ["s1", "s2", "s3"])
        let body = try #require(server.requests.first)
        #expect(body["fn_id"] == "f")
        #expect(body["qi_id"] == "q1")
        #expect(body["request_id"] == "r1")
        #expect(body["generation_id"] == 3)
        #expect(body["steps"]?[0]?["op"] == "StepRun")
        #expect(body["steps"]?[0]?["data"] == 1)
    }

    @Test("A step is not begun before the one before it is reported") func order() async throws {
        let server = CheckpointDouble { [recorder] _ in
            recorder.note("reported")
            return 200
        }
        _ = try await rehearsal(threeSteps(), server).ops()
        #expect(recorder.all == ["s1", "reported", "s2", "reported", "s3", "reported"])
    }

    @Test("With a larger buffer, steps are reported together, the rest with the result") func buffered() async throws {
        let server = CheckpointDouble()
        let ops = try await rehearsal(threeSteps(), server, policy: Checkpointing(maxSteps: 2)).ops()
        #expect(server.steps == [["s1", "s2"]])
        #expect(ops.map(\.code) == [.stepRun, .runComplete])
        #expect(ops.first?.displayName == "s3")
    }

    @Test("The performant preset reports all steps with the result, in one answer") func performant() async throws {
        let server = CheckpointDouble()
        let ops = try await rehearsal(threeSteps(), server, policy: .performant).ops()
        #expect(server.requests.isEmpty)
        #expect(ops.map(\.code) == [.stepRun, .stepRun, .stepRun, .runComplete])
    }

    @Test("What is gathered is reported when the interval is over, while a long step still runs")
    func interval() async throws {
        let (reported, report) = AsyncStream.makeStream(of: Void.self)
        let server = CheckpointDouble { _ in
            report.yield()
            return 200
        }
        let function = Function("f", on: .event(Started.self)) { context in
            try await context.step.run("short") { 1 }
            return try await context.step.run("long") {
                for await _ in reported { break }
                return 2
            }
        }
        let ops = try await rehearsal(function, server, policy: .blended) { $0.checkpointPause = { _ in } }.ops()
        #expect(server.steps == [["short"]])
        #expect(ops.map(\.code) == [.stepRun, .runComplete])
        #expect(ops.first?.displayName == "long")
    }

    @Test("What is large is reported at once, however large the buffer") func size() async throws {
        let server = CheckpointDouble()
        let function = Function("f", on: .event(Started.self)) { context in
            for number in 1...3 {
                try await context.step.run("s\(number)") { String(repeating: "x", count: 600_000) }
            }
        }
        let ops = try await rehearsal(function, server, policy: .performant).ops()
        #expect(server.steps == [["s1", "s2"]])
        #expect(ops.map(\.displayName) == ["s3", nil])
    }

    @Test("A sleep ends the call, together with what is not reported yet") func asyncOp() async throws {
        let server = CheckpointDouble()
        let function = Function("f", on: .event(Started.self)) { context in
            try await context.step.run("s1") { 1 }
            try await context.step.sleep("nap", for: .days(1))
        }
        let ops = try await rehearsal(function, server, policy: .performant).ops()
        #expect(ops.map(\.code) == [.stepRun, .sleep])
        let safe = try await rehearsal(function, server).ops()
        #expect(safe.map(\.code) == [.sleep])
    }

    @Test("Parallel steps are planned, together with what is not reported yet") func parallel() async throws {
        let function = Function("f", on: .event(Started.self)) { context in
            try await context.step.run("s1") { 1 }
            async let a = context.step.run("a") { 1 }
            async let b = context.step.run("b") { 2 }
            return try await a + b
        }
        let ops = try await rehearsal(function, CheckpointDouble(), policy: .performant).ops()
        #expect(ops.map(\.code) == [.stepRun, .stepPlanned, .stepPlanned])
    }

    @Test("A step that fails ends the call, and is tried again by the orchestrator") func failure() async throws {
        struct Broken: Error {}
        let function = Function("f", on: .event(Started.self)) { context in
            try await context.step.run("s1") { 1 }
            try await context.step.run("s2") { throw Broken() }
        }
        let ops = try await rehearsal(function, CheckpointDouble(), policy: .performant).ops()
        #expect(ops.map(\.code) == [.stepRun, .stepError])
    }

    @Test("A function that throws behind a step fails after the step was reported") func functionFailure() async throws
    {
        struct Broken: Error {}
        let server = CheckpointDouble()
        let function = Function("f", on: .event(Started.self)) { context in
            try await context.step.run("s1") { 1 }
            throw Broken()
        }
        let outcome = try await rehearsal(function, server, policy: .performant).call()
        #expect(outcome.failure?.name == "Broken")
        #expect(outcome.isRetriable == true)
        #expect(server.steps == [["s1"]])
    }

    @Test("A report that fails is made again, five times, and then is the answer to the call") func undelivered()
        async throws
    {
        let server = CheckpointDouble { _ in 503 }
        let ops = try await rehearsal(threeSteps(), server).ops()
        #expect(server.requests.count == 5)
        #expect(ops.map(\.displayName) == ["s1"])
        #expect(recorder.all == ["s1"])
    }

    @Test("A report that gets through at last lets the function go on") func deliveredLate() async throws {
        let server = CheckpointDouble { $0 < 4 ? 500 : 200 }
        #expect(try await rehearsal(threeSteps(), server).ops().map(\.code) == [.runComplete])
        #expect(recorder.all == ["s1", "s2", "s3"])
    }

    @Test("An orchestrator without checkpoints gets each step as an answer", arguments: [400, 401, 404, 413])
    func unsupported(status: Int) async throws {
        let server = CheckpointDouble { _ in status }
        #expect(try await rehearsal(threeSteps(), server).ops().map(\.displayName) == ["s1"])
        #expect(server.requests.count == 1)
    }

    @Test("A function that throws when nothing can be reported answers with its steps instead")
    func undeliveredFailure()
        async throws
    {
        struct Broken: Error {}
        let function = Function("f", on: .event(Started.self)) { context in
            try await context.step.run("s1") { 1 }
            throw Broken()
        }
        let ops = try await rehearsal(function, CheckpointDouble { _ in 500 }, policy: .performant).ops()
        #expect(ops.map(\.displayName) == ["s1"])
    }

    @Test("A stale call stops at once: no further step runs, and its answer does not count") func stale() async throws {
        let server = CheckpointDouble { _ in 409 }
        let outcome = try await rehearsal(threeSteps(), server).call()
        #expect(outcome.isRetriable == false)
        #expect(outcome.failure?.name == "StaleCall")
        #expect(recorder.all == ["s1"])
        #expect(server.requests.count == 1)
    }

    @Test("When time is up no further step begins, and the function asks for another call") func maxRuntime()
        async throws
    {
        let clock = Mutex(1_700_000_000_000 as Int64)
        let function = Function("f", on: .event(Started.self)) { [recorder] context in
            for number in 1...3 {
                try await context.step.run("s\(number)") {
                    recorder.note("s\(number)")
                    clock.withLock { $0 += 6000 }
                }
            }
        }
        let ops = try await rehearsal(function, CheckpointDouble()) { configuration in
            configuration.clock = { Timestamp(milliseconds: clock.withLock { $0 }) }
        }
        .ops()
        #expect(ops.map(\.code) == [.discoveryRequest])
        #expect(recorder.all == ["s1", "s2"])
    }

    @Test("A call that retries runs one step and returns it") func retried() async throws {
        let server = CheckpointDouble()
        var run = try rehearsal(threeSteps(), server)
        run.attempt = 1
        #expect(await run.ops().map(\.displayName) == ["s1"])
        #expect(server.requests.isEmpty)
    }

    @Test("Calls for one step, calls that plan only, and calls without a queue item don't go on") func notUsed()
        async throws
    {
        let server = CheckpointDouble()
        var run = try rehearsal(threeSteps(), server)
        #expect(await run.ops(target: StepID("s1")).map(\.code) == [.stepRun])
        #expect(await run.ops(planOnly: true).map(\.code) == [.stepPlanned])
        run.queueItemID = ""
        #expect(await run.ops().map(\.code) == [.stepRun])
        #expect(server.requests.isEmpty)
    }

    @Test("A function's own setting goes before the app's") func setting() async throws {
        let server = CheckpointDouble()
        #expect(try await rehearsal(threeSteps(.checkpointing(.off)), server).ops().map(\.code) == [.stepRun])
        #expect(
            try await rehearsal(threeSteps(.checkpointing(.safe)), server, policy: .off).ops().map(\.code)
                == [.runComplete])
    }

    @Test("A function without steps answers as ever") func noSteps() async throws {
        let server = CheckpointDouble()
        let function = Function("f", on: .event(Started.self)) { _ in 7 }
        #expect(try await rehearsal(function, server).call().returned == 7)
    }

    @Test("In the same call a function sees the values that later calls would give it") func fidelity() async throws {
        struct Rounded: Codable, Sendable {
            var value: Double
            init(_ value: Double) { self.value = value }
            init(from decoder: any Decoder) throws {
                value = try decoder.singleValueContainer().decode(Double.self).rounded()
            }
            func encode(to encoder: any Encoder) throws {
                var container = encoder.singleValueContainer()
                try container.encode(value)
            }
        }
        let function = Function("f", on: .event(Started.self)) { context in
            try await context.step.run("s") { Rounded(1.6) }.value
        }
        #expect(try await rehearsal(function, CheckpointDouble()).ops().first?.data == 2)
    }

    @Test("Finished steps of earlier calls are not run or reported again") func behindHistory() async throws {
        let server = CheckpointDouble()
        var run = try rehearsal(threeSteps(), server)
        run.remember("s1", ["data": 1])
        #expect(await run.ops().first?.data == [1, 2, 3])
        #expect(server.steps == [["s2"], ["s3"]])
        #expect(recorder.all == ["s2", "s3"])
    }

    @Test("A try? around a step hides nothing: a call that ends runs nothing more") func swallowed() async throws {
        let function = Function("f", on: .event(Started.self)) { [recorder] context in
            for number in 1...3 { _ = try? await context.step.run("s\(number)") { recorder.note("s\(number)") } }
        }
        let ops = try await rehearsal(function, CheckpointDouble { _ in 404 }).ops()
        #expect(ops.map(\.displayName) == ["s1"])
        #expect(recorder.all == ["s1"])
    }

    @Test("How functions checkpoint is registered; off is left out") func registration() throws {
        let app = try App("shop", configuration: Configuration(mode: .dev, environment: [:])) {
            Function("a", on: .event(Started.self)) { _ in }
            Function("b", on: .event(Started.self), .checkpointing(.blended)) { _ in }
            Function("c", on: .event(Started.self), .checkpointing(.off)) { _ in }
        }
        let functions = app.registration(url: "http://h/x").functions
        #expect(functions[0]["checkpoint"] == ["batch_steps": 1, "max_runtime": "10s"])
        #expect(functions[1]["checkpoint"] == ["batch_interval": "3s", "batch_steps": 3, "max_runtime": "10s"])
        #expect(functions[2]["checkpoint"] == nil)
    }

    @Test(
        "Settings that make no sense are refused when the app is made",
        arguments: [
            Checkpointing(maxSteps: -1), Checkpointing(maxSteps: 1001),
            Checkpointing(maxSteps: 1, maxInterval: .seconds(0)),
            Checkpointing(maxSteps: 1, maxRuntime: .milliseconds(999)),
        ])
    func invalid(policy: Checkpointing) {
        #expect(throws: InvalidApp.self) {
            try App("shop", configuration: Configuration(mode: .dev, environment: [:])) {
                Function("f", on: .event(Started.self), .checkpointing(policy)) { _ in }
            }
        }
    }
}
