import AppSDK
import AppSDKHummingbird
import HTTPTypes
import Hummingbird
import JSON
import Synchronization
import Testing
import Wire

/// HTTP 201, white space, and the true answer in an envelope.
@Suite("Streamed answers, over HTTP")
struct StreamedAnswerTests {
    /// Runs an app that answers by hand, and returns the run.
    private func run(_ app: HostileApp) async throws -> JSON {
        try await RunningOrchestrator.with { orchestrator in
            try await app.serve { url in
                try await orchestrator.registerFunction("app", url: url, event: "go", retries: 0)
                let sent = try await orchestrator.send("POST", "/e/k", body: #"{"name":"go"}"#)
                try await orchestrator.advance()
                return try #require(try await orchestrator.runs(of: sent.json["ids"]?[0]?.string ?? "").first)
            }
        }
    }

    private static func streamed(_ envelope: JSON) -> HostileApp.Reply {
        let parts = ["   ", "\n ", envelope.text].map { String($0.utf8.count, radix: 16) + "\r\n\($0)\r\n" }
        return .send(
            "HTTP/1.1 201 Created\r\nx-inngest-sdk: js:v4.18.1\r\nx-inngest-req-version: 2\r\n"
                + "transfer-encoding: chunked\r\n\r\n\(parts.joined())0\r\n\r\n")
    }

    @Test("White space, headers and JSON in a text: the true answer is in the envelope, and so is the version")
    func byHand() async throws {
        let app = HostileApp { _, number in
            let headers: JSON = ["X-Inngest-Req-Version": "1", "x-inngest-sdk": "js:v4.18.1"]
            return number == 1
                ? Self.streamed(
                    ["body": #"[{"op":"StepRun","id":"a","data":1}]"#, "headers": headers, "status": 206])
                : Self.streamed(["body": #""done""#, "headers": headers, "status": 200])
        }
        let run = try await run(app)
        #expect(run["status"] == "Completed", "\(run)")
        #expect(run["output"] == "done")
        let second = try #require(app.requests.last)
        #expect(second.lowercased().contains("x-inngest-req-version: 1\r\n"))
        #expect(second.hasSuffix(#""version":1}"#))
    }

    @Test("An error in the envelope is the app's, with its No-Retry")
    func failing() async throws {
        let app = HostileApp { _, _ in
            Self.streamed([
                "body": ["message": "no", "name": "Refused"], "headers": ["x-inngest-no-retry": "true"], "status": 400,
            ])
        }
        let run = try await run(app)
        #expect(run["status"] == "Failed")
        #expect(run["output"]?["name"] == "Refused")
    }

    @Test("Our SDK streams, and what it runs goes on as if it did not", arguments: [Parallelism.optimized, .eager])
    func ours(parallelism: Parallelism) async throws {
        try await RunningOrchestrator.with(kind: .cloud) { orchestrator in
            var configuration = Configuration(
                mode: .cloud, environment: ["INNGEST_BASE_URL": orchestrator.url, "INNGEST_STREAMING": "true"])
            configuration.signingKey = RunningOrchestrator.signingKeyText
            configuration.eventKey = RunningOrchestrator.eventKey
            configuration.logger.logLevel = .critical
            let versions = Mutex<[String?]>([])
            let app = try App("shop", configuration: configuration) {
                Function("f", on: .event(named: "go"), .parallelism(parallelism), .checkpointing(.off)) { context in
                    let one = try await context.step.run("one") { 1 }
                    async let two = context.step.run("two") { one + 1 }
                    async let three = context.step.run("three") { one + 2 }
                    return try await two + three
                }
            }
            let router = Router()
            router.add(
                middleware: Listening { request in
                    guard request.method == .post, let name = HTTPField.Name("x-inngest-req-version") else { return }
                    versions.withLock { $0.append(request.headers[name]) }
                })
            router.durable(app, at: "/api/inngest")
            try await serving(router) { url in
                try await orchestrator.register(url + "/api/inngest")
                let event = try await app.client.send([OutgoingEvent(name: "go")])[0]
                try await orchestrator.untilRuns(of: event) { $0.first?["ended_at"]?.isNull == false }
                let run = try #require(try await orchestrator.runs(of: event).first)
                #expect(run["status"] == "Completed", "\(run)")
                #expect(run["output"] == 5)
                #expect(versions.withLock { $0.first } == .some(nil))
                let version = parallelism == .eager ? "1" : "2"
                #expect(
                    versions.withLock { $0.dropFirst().allSatisfy { $0 == version } }, "\(versions.withLock { $0 })")
            }
        }
    }
}

/// Hears each request.
private struct Listening: RouterMiddleware {
    let hear: @Sendable (Request) -> Void

    func handle(
        _ request: Request, context: BasicRequestContext,
        next: (Request, BasicRequestContext) async throws -> Response
    ) async throws -> Response {
        hear(request)
        return try await next(request, context)
    }
}
