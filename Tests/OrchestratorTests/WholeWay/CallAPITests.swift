import Engine
import Foundation
import JSON
import Testing
import Wire

@Suite("Calls, and what comes of them, over HTTP")
struct CallAPITests {
    @Test("A call says of which run, step and attempt it is in its headers, too")
    func callHeaders() async throws {
        try await RunningOrchestrator.with { orchestrator in
            let app = HostileApp { request, number in
                number == 1
                    ? .send(HostileApp.answer("206 Partial Content", #"[{"op":"StepPlanned","id":"aa"}]"#))
                    : .send(HostileApp.answer("200 OK", "1"))
            }
            try await app.serve { url in
                try await orchestrator.registerFunction("app", url: url, event: "go", retries: 0)
                _ = try await orchestrator.send("POST", "/e/k", body: #"{"name":"go"}"#)
                try await orchestrator.advance()
                for (request, step) in zip(app.requests, ["step", "aa"]) {
                    let body = try JSON(parsing: String(request[#require(request.range(of: "\r\n\r\n")).upperBound...]))
                    let context = try #require(body["ctx"])
                    func header(_ name: String) -> String? {
                        request.split(separator: "\r\n").first { $0.lowercased().hasPrefix(name + ": ") }
                            .map { String($0.dropFirst(name.count + 2)) }
                    }
                    #expect(header("x-run-id") == context["run_id"]?.string)
                    #expect(header("x-request-id") == context["request_id"]?.string)
                    #expect(header("x-inngest-job-id") == context["job_id"]?.string)
                    #expect(header("x-inngest-generation-id") == context["generation_id"]?.text)
                    #expect(header("x-inngest-step-id") == step)
                    #expect(context["step_id"]?.string == step)
                }
                #expect(app.requests.count == 2)
            }
        }
    }

    @Test(
        "Failures to reach an app's code have the protocol's codes",
        arguments: [
            ("HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\n\r\n", "http_not_ok"),
            ("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n", "not_sdk"),
            (HostileApp.answer("401 Unauthorized", #"{"message":"Unauthorized"}"#), "sig_verification_failed"),
            (HostileApp.answer("500 Internal Server Error", #"{"name":"E","code":"mine"}"#), "mine"),
            ("", "http_unreachable"),
        ])
    func codes(answer: String, code: String) async throws {
        try await RunningOrchestrator.with { orchestrator in
            let app = HostileApp { _, _ in answer.isEmpty ? .close : .send(answer) }
            try await app.serve { url in
                let callURL = answer.isEmpty ? "http://127.0.0.1:1/api" : url
                try await orchestrator.registerFunction("app", url: callURL, event: "go", retries: 0)
                let sent = try await orchestrator.send("POST", "/e/k", body: #"{"name":"go"}"#)
                try await orchestrator.advance()
                let run = try await orchestrator.runs(of: sent.json["ids"]?[0]?.string ?? "").first
                #expect(run?["output"]?["code"]?.string == code, "\(run?.text ?? "")")
            }
        }
    }

    @Test("A function is invoked by its slug, and answers with a run; a run that has not begun is Queued")
    func invoke() async throws {
        try await RunningOrchestrator.with { orchestrator in
            let app = HostileApp { request, _ in
                .send(HostileApp.answer("200 OK", request.contains(#""n":4"#) ? "8" : "0"))
            }
            try await app.serve { url in
                try await orchestrator.registerFunction("app", url: url, event: "go")
                let answer = try await orchestrator.send(
                    "POST", "/invoke/app-f", body: #"{"data":{"n":4},"user":{"external_id":"u"}}"#)
                #expect(answer.status == 200)
                #expect(answer.json["status"] == 200)
                try await orchestrator.advance()
                let run = try await orchestrator.runs(of: answer.json["id"]?.string ?? "").first
                #expect(run?["output"] == 8)
                #expect(run?["run_id"] == answer.json["run_id"])

                let ahead = Int64(Date().timeIntervalSince1970 * 1000) + 3_600_000
                let sent = try await orchestrator.send("POST", "/e/k", body: #"{"name":"go","ts":\#(ahead)}"#)
                let event = sent.json["ids"]?[0]?.string ?? ""
                #expect(try await orchestrator.runs(of: event).first?["status"] == "Queued")
                try await orchestrator.advance("61m")
                #expect(try await orchestrator.runs(of: event).first?["status"] == "Completed")
            }
        }
    }
}
