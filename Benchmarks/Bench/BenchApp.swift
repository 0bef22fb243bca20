import AppSDK
import Hummingbird
import Rig
import Synchronization

/// The app whose functions are measured, and the echo, on one router.
final class BenchApp: Sendable {
    /// What events and steps carry: 200 characters.
    static let text = String(repeating: "durable functions ", count: 12).prefix(200).description

    static let oneStep = "bench/one-step"
    static let tenSteps = "bench/ten-steps"
    /// Ten steps under a preset of checkpointing.
    static let tenStepsSafe = "bench/ten-steps-safe"
    static let tenStepsBlended = "bench/ten-steps-blended"
    static let tenStepsPerformant = "bench/ten-steps-performant"
    /// Ten steps in runs that all share one limit.
    static let tenStepsLimited = "bench/ten-steps-limited"
    /// Starts nothing.
    static let unheard = "bench/unheard"

    private let app: App
    private let stopwatch: Stopwatch

    init(orchestrator: String) throws {
        let stopwatch = Stopwatch()
        var configuration = AppSDK.Configuration(mode: .dev, environment: ["INNGEST_BASE_URL": orchestrator])
        configuration.logger.logLevel = .critical
        configuration.checkpointing = .off
        app = try App("bench", configuration: configuration) {
            Self.function("one-step", on: Self.oneStep, steps: 1, .checkpointing(.off), stopwatch)
            Self.function("ten-steps", on: Self.tenSteps, steps: 10, .checkpointing(.off), stopwatch)
            Self.function("safe", on: Self.tenStepsSafe, steps: 10, .checkpointing(.safe), stopwatch)
            Self.function("blended", on: Self.tenStepsBlended, steps: 10, .checkpointing(.blended), stopwatch)
            Self.function("performant", on: Self.tenStepsPerformant, steps: 10, .checkpointing(.performant), stopwatch)
            Self.function("limited", on: Self.tenStepsLimited, steps: 10, .concurrency(64), stopwatch)
        }
        self.stopwatch = stopwatch
    }

    private static func function(
        _ id: String, on event: String, steps: Int, _ setting: Setting<JSONValue>, _ stopwatch: Stopwatch
    ) -> some DurableFunction {
        Function(id, on: .event(named: event), setting) { context in
            for number in 0..<steps {
                try await context.step.run("step-\(number)") {
                    stopwatch.stepStarted()
                    defer { stopwatch.stepEnded() }
                    return text
                }
            }
            stopwatch.runEnded()
        }
    }

    func router() -> Router<BasicRequestContext> {
        let router = Router()
        router.post("/echo") { request, _ in
            Response(status: .ok, body: ResponseBody(byteBuffer: try await request.body.collect(upTo: 8 << 20)))
        }
        for method in [HTTPRequest.Method.get, .put, .post] {
            router.on("/api/inngest", method: method) { request, _ in try await self.respond(to: request) }
        }
        return router
    }

    private func respond(to request: Request) async throws -> Response {
        let body = Array(buffer: try await request.body.collect(upTo: 8 << 20))
        stopwatch.called(bytes: body.count)
        let (head, answer) = await app.handle(request.head, body: body)
        return Response(
            status: head.status, headers: head.headerFields, body: ResponseBody(byteBuffer: ByteBuffer(bytes: answer)))
    }

    /// Watches from now on.
    func watch(runs: Int) { stopwatch.reset(runs: runs) }

    /// Returns when the runs that are watched have ended in the app.
    /// - Throws: ``RigError`` after two minutes.
    func watched() async throws -> Stopwatch.Readings {
        let deadline = ContinuousClock.now + .seconds(120)
        while stopwatch.readings.lastRunEnded == nil {
            guard ContinuousClock.now < deadline else {
                throw RigError("\(stopwatch.readings.runsLeft) runs did not end in two minutes")
            }
            try await Task.sleep(for: .milliseconds(1))
        }
        return stopwatch.readings
    }
}
