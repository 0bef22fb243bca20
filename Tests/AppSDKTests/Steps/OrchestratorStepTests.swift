import JSON
import Testing
import Wire

@testable import AppSDK

@Suite("Steps that the orchestrator does: fetches, models, signals")
struct OrchestratorStepTests {
    @Test("A fetch is reported with its request, and its answer read back") func fetch() async throws {
        let function = Function("f", on: .event(Started.self)) { context in
            let answer = try await context.step.fetch(
                "rates", FetchRequest("https://a.example/x?y=1", headers: ["X-Key": "k"], json: ["a": 1]))
            return "\(answer.status) \(answer.isSuccess) \(answer.headers["set-cookie"] ?? "") \(answer.body)"
        }
        var run = try Rehearsal(function)
        let op = try #require(await run.ops().first)
        #expect(op.code == .gateway)
        #expect(
            op.options == [
                "body": #"{"a":1}"#, "headers": ["X-Key": "k", "content-type": "application/json"], "method": "POST",
                "type": "step.fetch", "url": "https://a.example/x?y=1",
            ])
        run.remember(
            "rates",
            ["data": ["body": "hi", "headers": ["Set-Cookie": ["a", "b"]], "status_code": 404, "url": "https://b"]])
        #expect(await run.call().returned == "404 false a, b hi")
    }

    @Test("A fetch goes to http and https only", arguments: ["ftp://x", "file:///etc/passwd", "nonsense", ""])
    func fetchURL(url: String) async throws {
        let function = Function("f", on: .event(Started.self)) { context in try await context.step.fetch("x", url) }
        let outcome = try await Rehearsal(function).call()
        #expect(outcome.isRetriable == false)
        #expect(outcome.failure?.message.contains("'x'") == true)
    }

    @Test("A fetch that failed for good is a StepError") func fetchError() async throws {
        let function = Function("f", on: .event(Started.self)) { context in
            do {
                try await context.step.fetch("x", "https://a.example")
                return "answered"
            } catch let error as StepError {
                return error.name
            }
        }
        var run = try Rehearsal(function)
        run.remember("x", ["error": ["name": "GatewayError", "message": "refused"]])
        #expect(await run.call().returned == "GatewayError")
    }

    private static let prompt = AIPrompt(
        [.system("Be brief."), .user("Hi"), .assistant("Hello"), .user("Bye")], maxTokens: 50, temperature: 0.5)

    @Test(
        "A prompt is written as each provider wants it, with its key",
        arguments: [
            (
                AIModel.openAI("gpt", apiKey: "k"), "openai-chat", "https://api.openai.com/v1/chat/completions", "k",
                #"""
                {"max_completion_tokens":50,"messages":[{"content":"Be brief.","role":"system"},{"content":"Hi","role":"user"},{"content":"Hello","role":"assistant"},{"content":"Bye","role":"user"}],"model":"gpt","temperature":0.5}
                """#
            ),
            (
                .anthropic("claude", apiKey: "k"), "anthropic", "https://api.anthropic.com/v1/messages", "k",
                #"""
                {"max_tokens":50,"messages":[{"content":"Hi","role":"user"},{"content":"Hello","role":"assistant"},{"content":"Bye","role":"user"}],"model":"claude","system":"Be brief.","temperature":0.5}
                """#
            ),
            (
                .gemini("flash", apiKey: "k"), "gemini",
                "https://generativelanguage.googleapis.com/v1beta/models/flash:generateContent", "k",
                #"""
                {"contents":[{"parts":[{"text":"Hi"}],"role":"user"},{"parts":[{"text":"Hello"}],"role":"model"},{"parts":[{"text":"Bye"}],"role":"user"}],"generationConfig":{"maxOutputTokens":50,"temperature":0.5},"systemInstruction":{"parts":[{"text":"Be brief."}]}}
                """#
            ),
            (
                .bedrock("a.b:0", region: "eu-west-1", apiKey: "k"), "bedrock",
                "https://bedrock-runtime.eu-west-1.amazonaws.com/model/a.b%3A0/converse", "Bearer k",
                #"""
                {"inferenceConfig":{"maxTokens":50,"temperature":0.5},"messages":[{"content":[{"text":"Hi"}],"role":"user"},{"content":[{"text":"Hello"}],"role":"assistant"},{"content":[{"text":"Bye"}],"role":"user"}],"system":[{"text":"Be brief."}]}
                """#
            ),
        ])
    func infer(model: AIModel, format: String, url: String, key: String, body: String) async throws {
        let function = Function("f", on: .event(Started.self)) { context in
            try await context.step.ai.infer("ask", model, prompt: Self.prompt).text
        }
        let op = try #require(await Rehearsal(function).ops().first)
        #expect(op.code == .aiGateway)
        #expect(op.options?["type"] == "step.ai.infer")
        #expect(op.options?["format"]?.string == format)
        #expect(op.options?["url"]?.string == url)
        #expect(op.options?["auth_key"]?.string == key)
        #expect(op.options?["body"]?.text == body)
    }

    @Test("A body of one's own is sent as it is, with the model's name where the format has it") func rawBody()
        async throws
    {
        let function = Function("f", on: .event(Started.self)) { context in
            try await context.step.ai.infer("ask", .grok("grok-4", apiKey: ""), body: ["tools": [], "n": 2]).body
        }
        let op = try #require(await Rehearsal(function).ops().first)
        #expect(op.options?["body"] == ["model": "grok-4", "n": 2, "tools": []])
        #expect(op.options?["url"] == "https://api.x.ai/v1/chat/completions")
    }

    @Test(
        "Text and tokens are read from each provider's answer",
        arguments: [
            #"{"choices":[{"message":{"content":"yes"}}],"usage":{"prompt_tokens":3,"completion_tokens":1}}"#,
            #"{"content":[{"type":"text","text":"y"},{"text":"es"}],"usage":{"input_tokens":3,"output_tokens":1}}"#,
            #"{"candidates":[{"content":{"parts":[{"text":"yes"}]}}],"usageMetadata":{"promptTokenCount":3,"candidatesTokenCount":1}}"#,
            #"{"output":{"message":{"content":[{"text":"yes"}]}},"usage":{"inputTokens":3,"outputTokens":1}}"#,
        ])
    func answers(text: String) async throws {
        let response = AIResponse(body: JSONValue(try JSON(parsing: text)))
        #expect(response.text == "yes")
        #expect(response.usage == .init(inputTokens: 3, outputTokens: 1))
    }

    @Test("An answer of another shape has no text, and can be read as it is") func strangeAnswer() {
        #expect(AIResponse(body: ["x": 1]).text == "")
        #expect(AIResponse(body: ["x": 1]).usage == nil)
        #expect(AIResponse(body: ["x": 1]).body["x"] == 1)
    }

    @Test("A model does not print its key") func secretKey() {
        let model = AIModel.anthropic("claude", apiKey: "sk-secret")
        #expect(!"\(model)".contains("sk-secret"))
        #expect(!String(reflecting: model).contains("sk-secret"))
        var text = ""
        dump(model, to: &text)
        #expect(!text.contains("sk-secret"))
    }

    @Test("A wait for a signal is reported with name, timeout and what to do in a conflict") func signal() async throws
    {
        let function = Function("f", on: .event(Started.self)) { context in
            let first = try await context.step.waitForSignal("a", signal: "s", as: Int.self, onConflict: .replace)
            let second = try await context.step.waitForSignal("b", signal: "t", as: Int.self, timeout: .hours(1))
            return [first, second]
        }
        var run = try Rehearsal(function)
        var op = try #require(await run.ops().first)
        #expect(op.code == .waitForSignal)
        #expect(op.options == ["conflict": "replace", "signal": "s", "timeout": "365d"])
        run.remember("a", ["data": ["data": 7, "signal": "s"]])
        op = try #require(await run.ops().first)
        #expect(op.options == ["conflict": "fail", "signal": "t", "timeout": "1h"])
        run.remember("b", .null)
        #expect(await run.call().returned == [7, .null])
    }

    @Test("A client sends a signal under its key, and knows whether someone waited") func sendSignal() async throws {
        let transport = StubTransport { request, _ in
            guard request.headers["authorization"] == "Bearer \(try SigningKey(otherKey).hashed)" else {
                return .init(401, [:])
            }
            return try JSON(parsing: request.body)["signal"] == "here"
                ? .init(200, ["data": ["run_id": "r1"]]) : .init(404, ["error": "nobody"])
        }
        var configuration = Configuration(environment: ["INNGEST_BASE_URL": "http://o"])
        configuration.signingKey = key
        configuration.signingKeyFallback = otherKey
        configuration.transport = transport
        let client = Client(configuration)
        #expect(try await client.sendSignal("here", data: ["a": 1]) == "r1")
        #expect(try await client.sendSignal("gone", data: 1) == nil)
        #expect(transport.requests[0].url == "http://o/v1/signals")
        #expect(try JSON(parsing: transport.requests[0].body) == ["data": ["a": 1], "signal": "here"])
    }

    @Test("A signal that is refused is an error with what was answered") func signalRefused() async throws {
        var configuration = Configuration(mode: .dev, environment: [:])
        configuration.transport = StubTransport { _, _ in .init(400, ["error": "too long"]) }
        let client = Client(configuration)
        let error = await #expect(throws: SendError.self) { try await client.sendSignal("s", data: 1) }
        #expect(error?.status == 400)
        #expect(error?.description.contains("too long") == true)
    }
}
