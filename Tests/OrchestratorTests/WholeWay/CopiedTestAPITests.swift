import AppSDK
import AppSDKHummingbird
import Hummingbird
import JSON
import Testing

@testable import Orchestrator

@Suite("A run as a test, over HTTP", .timeLimit(.minutes(10)))
struct CopiedTestAPITests {
    @Test("It is the code of a test of this run; the command prints it to the letter")
    func code() async throws {
        try await RunningOrchestrator.with { orchestrator in
            var configuration = Configuration(mode: .dev, environment: ["INNGEST_BASE_URL": orchestrator.url])
            configuration.logger.logLevel = .critical
            let app = try App("acme", configuration: configuration) {
                Function("greet", on: .event(named: "app/came")) { context in
                    try await context.step.run("say") { "hello, \"\(context.event.data["name"]?.string ?? "")\"" }
                }
            }
            let router = Router()
            router.durable(app, at: "/api/inngest")
            try await serving(router) { url in
                try await orchestrator.register(url + "/api/inngest")
                let sent = try await orchestrator.send(
                    "POST", "/e/k", body: #"{"name":"app/came","data":{"name":"A\nda"}}"#)
                try await orchestrator.advance()
                let event = try #require(sent.json["ids"]?[0]?.string)
                let run = try #require(try await orchestrator.runs(of: event).first?["run_id"]?.string)
                let answer = try await orchestrator.send("GET", "/v1/runs/\(run)/test")
                #expect(answer.status == 200)
                #expect(answer.json["metadata"]?["fetched_at"] != nil)
                let code = try #require(answer.data["code"]?.string)
                #expect(
                    code == #"""
                        import AppSDK
                        import AppTesting
                        import Testing

                        @Test func greetRun() async throws {
                            let orchestrator = try TestOrchestrator(app)
                            try await orchestrator.stub("say", returning: "hello, \"A\nda\"")
                            try await orchestrator.send([OutgoingEvent(name: "app/came", data: ["name": "A\nda"])])

                            let run = try await orchestrator.run(of: "greet")
                            #expect(run.status == .completed)
                            #expect(run.stepNames == ["say"])
                            #expect(try run.output() == "hello, \"A\nda\"")
                        }

                        """#)
                let printed = try await CommandTrial(["runs", "test", run], url: orchestrator.url)
                #expect(printed.output == code)
            }
        }
    }

    @Test("There is none of a run that does not exist, and none for strangers")
    func refusals() async throws {
        let path = "/v1/runs/01KAR2J8W5T5V2M8QY9H3X4N7B/test"
        try await RunningOrchestrator.with(kind: .cloud) { orchestrator in
            let missing = try await orchestrator.send("GET", path)
            #expect(missing.status == 404)
            #expect(missing.json["error"]?.string?.contains("there is no run 01KAR2J8W5T5V2M8QY9H3X4N7B") == true)
            #expect(try await orchestrator.send("GET", "/v1/runs/nonsense/test").status == 400)
            #expect(try await orchestrator.send("GET", path, headers: ["authorization": "Bearer x"]).status == 401)
        }
    }
}
