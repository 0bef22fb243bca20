import Engine
import JSON
import Testing
import Wire

@testable import Orchestrator

/// `step.fetch` and `step.ai.infer`, from the app's report to what the app gets back.
@Suite("Requests that the orchestrator makes for steps")
struct StepRequestTests {
    /// Runs a function whose only step is this op, and returns the memo that it got.
    private func memo(
        _ code: String, _ options: String, retries: Int = 1, limits: AnswerLimits = AnswerLimits()
    ) async throws -> JSON {
        try await RunningOrchestrator.with(answerLimits: limits) { orchestrator in
            let app = HostileApp { request, number in
                guard number > 1, let start = request.range(of: "\r\n\r\n") else {
                    return .send(
                        HostileApp.answer(
                            "206 Partial Content", #"[{"op":"\#(code)","id":"s","name":"ask","opts":\#(options)}]"#))
                }
                let call = try? JSON(parsing: String(request[start.upperBound...]))
                return .send(HostileApp.answer("200 OK", (call?["steps"]?["s"] ?? .null).text))
            }
            return try await app.serve { url in
                try await orchestrator.registerFunction("app", url: url, event: "go", retries: retries)
                let sent = try await orchestrator.send("POST", "/e/k", body: #"{"name":"go"}"#)
                try await orchestrator.advance()
                let run = try #require(try await orchestrator.runs(of: sent.json["ids"]?[0]?.string ?? "").first)
                #expect(run["status"] == "Completed", "\(run)")
                return run["output"] ?? .null
            }
        }
    }

    private func plain(_ status: String, _ body: String, _ headers: String = "") -> HostileApp.Reply {
        .send("HTTP/1.1 \(status)\r\n\(headers)content-length: \(body.utf8.count)\r\n\r\n\(body)")
    }

    @Test("A fetch brings back whatever the service says, also when it refuses")
    func fetch() async throws {
        let service = HostileApp { _, _ in plain("404 Not Found", "none", "x-a: 1\r\nx-a: 2\r\n") }
        try await service.serve { url in
            let memo = try await memo(
                "Gateway", #"{"url":"\#(url)","method":"PUT","headers":{"x-mine":"5"},"body":"hi"}"#)
            #expect(memo["data"]?["status_code"] == 404)
            #expect(memo["data"]?["body"] == "none")
            #expect(memo["data"]?["headers"]?["x-a"] == "1, 2")
            #expect(memo["data"]?["url"]?.string == url)
            let request = try #require(service.requests.first)
            #expect(request.hasPrefix("PUT /api HTTP/1.1") && request.contains("x-mine: 5") && request.hasSuffix("hi"))
        }
    }

    @Test("A redirect is followed, and what is secret stays with the host that it was for")
    func redirect() async throws {
        let other = HostileApp { _, _ in plain("200 OK", "there") }
        try await other.serve { target in
            let service = HostileApp { _, _ in plain("302 Found", "", "location: \(target)\r\n") }
            try await service.serve { url in
                let memo = try await memo(
                    "Gateway", #"{"url":"\#(url)","headers":{"authorization":"secret"},"body":"b"}"#)
                #expect(memo["data"]?["body"] == "there")
                #expect(service.requests.first?.contains("secret") == true)
                let request = try #require(other.requests.first)
                #expect(request.hasPrefix("GET "))
                #expect(!request.contains("secret"))
            }
        }
    }

    @Test("A service that is gone, redirects in circles or says too much fails the step, which the function may catch")
    func failures() async throws {
        let gone = try await memo("Gateway", #"{"url":"http://127.0.0.1:1/"}"#)
        #expect(gone["error"]?["name"] == "GatewayError")
        let circle = HostileApp { _, _ in plain("302 Found", "", "location: /api\r\n") }
        let circled = try await circle.serve { url in try await memo("Gateway", #"{"url":"\#(url)"}"#, retries: 0) }
        #expect(circled["error"]?["message"]?.string?.contains("redirects") == true)
        #expect(circle.requests.count == 6)
        let big = HostileApp { _, _ in plain("200 OK", String(repeating: "x", count: 5 << 20)) }
        let tooBig = try await big.serve { url in try await memo("Gateway", #"{"url":"\#(url)"}"#, retries: 3) }
        #expect(tooBig["error"]?["message"]?.string?.contains("larger than") == true)
        #expect(big.requests.count == 1, "it would be as large again")
    }

    @Test("An answer that is too large as JSON alone fails the step, and what fits is its result")
    func escaped() async throws {
        // In JSON, a quote takes two bytes.
        let quotes = HostileApp { _, _ in plain("200 OK", String(repeating: "\"", count: 3 << 20)) }
        let refused = try await quotes.serve { url in try await memo("Gateway", #"{"url":"\#(url)"}"#, retries: 3) }
        #expect(refused["error"]?["name"] == "GatewayError")
        #expect(refused["error"]?["message"]?.string?.contains("larger than") == true)
        #expect(quotes.requests.count == 1, "it would be as large again")
        let fitting = HostileApp { _, _ in plain("200 OK", String(repeating: "\"", count: 3 << 19)) }
        let taken = try await fitting.serve { url in try await memo("Gateway", #"{"url":"\#(url)"}"#) }
        #expect(taken["data"]?["body"]?.string?.utf8.count == 3 << 19)
        // A model's answer is JSON already, but for one that is not.
        let said = try await quotes.serve { url in try await memo("AIGateway", #"{"url":"\#(url)","body":{}}"#) }
        #expect(said["error"]?["name"] == "AIGatewayError")
    }

    @Test("A service whose answer never ends fails the step", .timeLimit(.minutes(10)))
    func endless() async throws {
        let service = HostileApp { _, _ in .dripForEver("HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n") }
        try await service.serve { url in
            let limits = AnswerLimits(fetch: .milliseconds(200))
            let memo = try await memo("Gateway", #"{"url":"\#(url)"}"#, retries: 0, limits: limits)
            #expect(memo["error"]?["message"]?.string?.contains("did not answer in full within") == true)
        }
    }

    @Test("A model's answer is the step's result; a refusal is tried again, and is an error in the end")
    func inference() async throws {
        let model = HostileApp { request, number in
            number == 1 ? plain("503 Busy", "busy") : plain("200 OK", #"{"said":"hello"}"#)
        }
        try await model.serve { url in
            let memo = try await memo(
                "AIGateway", #"{"url":"\#(url)","auth_key":"k","format":"anthropic","body":{"m":1}}"#)
            #expect(memo == ["data": ["said": "hello"]])
            #expect(model.requests.last?.contains("x-api-key: k") == true)
            #expect(model.requests.last?.hasSuffix(#"{"m":1}"#) == true)
        }
        let refusing = HostileApp { _, _ in plain("400 Bad Request", "no such model") }
        try await refusing.serve { url in
            let memo = try await memo("AIGateway", #"{"url":"\#(url)","body":{}}"#)
            #expect(memo["error"]?["name"] == "AIGatewayError")
            #expect(memo["error"]?["message"]?.string?.contains("no such model") == true)
            #expect(refusing.requests.count == 2)
        }
    }
}
